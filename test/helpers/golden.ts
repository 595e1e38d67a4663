/* Golden bytes: hexadecimal, one wire field per line, followed by its name. */

/**
 * The bytes of a block of lines. Each line has hexadecimal digits, in
 * groups separated by single blanks, then two or more blanks and a description.
 */
export function bytes(block: string): Buffer {
	const fields = block
		.split("\n")
		.map((line) => line.trim().split(/ {2,}/)[0]?.replaceAll(" ", "") ?? "")
		.map((digits) => {
			if (!/^(?:[0-9a-f]{2})*$/.test(digits)) throw new Error(`not bytes in hexadecimal: ${digits}`);
			return Buffer.from(digits, "hex");
		});
	return Buffer.concat(fields);
}
