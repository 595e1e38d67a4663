/* Where the pieces of a bundle come from: its inline source map, decoded. */
import { relative, resolve } from "node:path";

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const valueOfDigit = new Map([...DIGITS].map((digit, value) => [digit, value]));

/**
 * The pieces of a bundle's text, in order: where each starts (an index into
 * the text), and the file and place it comes from. Files are relative to `root`.
 */
export function piecesOf(text, folder, root) {
	const [, encoded] = /\/\/# sourceMappingURL=data:application\/json;base64,(\S+)\s*$/.exec(text) ?? [];
	if (encoded === undefined) return [];
	const { sources, mappings } = JSON.parse(Buffer.from(encoded, "base64").toString());
	const files = sources.map((source) => relative(root, resolve(folder, source)));
	const pieces = [];
	let lineStart = 0;
	let [source, line, column] = [0, 0, 0];
	for (const generatedLine of mappings.split(";")) {
		let generated = 0;
		for (const segment of generatedLine.split(",").filter((one) => one !== "")) {
			const [onward, sourceStep, lineStep, columnStep] = decode(segment);
			generated += onward;
			if (sourceStep === undefined) continue;
			source += sourceStep;
			line += lineStep;
			column += columnStep;
			pieces.push({ start: lineStart + generated, file: files[source], line: line + 1, column: column + 1 });
		}
		lineStart = text.indexOf("\n", lineStart) + 1;
	}
	return pieces;
}

/** The numbers of one segment: base 64, least significant part first, the sign in the lowest bit. */
function decode(segment) {
	const numbers = [];
	let value = 0;
	let shift = 0;
	for (const digit of segment) {
		const bits = valueOfDigit.get(digit);
		value += (bits & 31) << shift;
		shift += 5;
		if ((bits & 32) !== 0) continue;
		numbers.push((value & 1) !== 0 ? -(value >> 1) : value >> 1);
		value = shift = 0;
	}
	return numbers;
}
