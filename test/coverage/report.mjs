/* A tally's figures as a table, and the places that did not run. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/*
 * The type checker demands a default after an index, even one that is always within
 * the array. Nothing can reach that branch, so it is not counted.
 */
const DEFAULT_OF_ELEMENT = /\] \?\? $/;
const LITERAL = /^(?:0n?|-1|"")(?!\w)/;

/** Lines of text: a row for each file, then the total, then the places that did not run. */
export function report(files, root) {
	const rows = [...files].sort().map(([file, places]) => {
		const text = readFileSync(join(root, file), "utf8").split("\n");
		return { file, ...figures([...places.values()].map((place) => withoutDefaults(place, text))) };
	});
	const sum = (of) => rows.reduce((total, row) => total + of(row), 0);
	const all = {
		file: "all of src/",
		lines: sum(({ lines }) => lines),
		linesRun: sum(({ linesRun }) => linesRun),
		branches: sum(({ branches }) => branches),
		branchesRun: sum(({ branchesRun }) => branchesRun),
	};
	const missing = rows.flatMap(({ file, linesMissed, branchesMissed }) => [
		...(linesMissed.length > 0 ? [`${file}: lines ${linesMissed.join(" ")}`] : []),
		...(branchesMissed.length > 0 ? [`${file}: branches at ${branchesMissed.join(" ")}`] : []),
	]);
	return [
		`${"file".padEnd(44)}${"lines".padStart(18)}${"branches".padStart(18)}`,
		...[...rows, all].map(row),
		"",
		...missing,
	];
}

function withoutDefaults(place, text) {
	const line = text[place.line - 1] ?? "";
	const [before, after] = [line.slice(0, place.column - 1), line.slice(place.column - 1)];
	const isDefault = DEFAULT_OF_ELEMENT.test(before) && LITERAL.test(after);
	return { ...place, isBranch: place.isBranch && !isDefault };
}

function figures(places) {
	const lines = new Map();
	for (const { line, ran } of places) lines.set(line, (lines.get(line) ?? false) || ran);
	const linesMissed = [...lines].filter(([, ran]) => !ran).map(([line]) => line);
	const branches = places.filter(({ isBranch }) => isBranch);
	const branchesMissed = branches.filter(({ ran }) => !ran);
	return {
		lines: lines.size,
		linesRun: lines.size - linesMissed.length,
		linesMissed: linesMissed.sort((a, b) => a - b),
		branches: branches.length,
		branchesRun: branches.length - branchesMissed.length,
		branchesMissed: branchesMissed
			.sort((a, b) => a.line - b.line || a.column - b.column)
			.map(({ line, column }) => `${line}:${column}`),
	};
}

function row({ file, lines, linesRun, branches, branchesRun }) {
	return file.padEnd(44) + share(linesRun, lines) + share(branchesRun, branches);
}

function share(some, all) {
	const percent = all === 0 ? "" : `${((100 * some) / all).toFixed(1)} %`;
	return `${`${some}/${all}`.padStart(11)}${percent.padStart(8)}`.padStart(18);
}
