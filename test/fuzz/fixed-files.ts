/*
 * Files outside the clients' tree that never change, so that reads from them can
 * be checked. Byte i of each encodes its position.
 */

/** Paths of such files as clients name them, and their sizes. */
export const FIXED_FILES: ReadonlyMap<string, number> = new Map(
	[
		["small", 700],
		["page", 4096],
		["odd", 70_001],
		["large", 2_000_003],
	].map(([name, size]) => [`/mnt/fixed/${name}`, Number(size)]),
);

const contents = new Map<number, Buffer>();

export function fixedContent(size: number): Buffer {
	let content = contents.get(size);
	if (content === undefined) {
		content = Buffer.alloc(size);
		for (let i = 0; i < size; i++) content[i] = (i ^ (i >>> 8) ^ (i >>> 16)) & 0xff;
		contents.set(size, content);
	}
	return content;
}
