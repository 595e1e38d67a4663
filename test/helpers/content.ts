/* File contents in which a misplaced piece shows. */

/** A buffer of `length` bytes; `byte` gives each by its index, and its low eight bits count. */
export function makeContent(length: number, byte: (index: number) => number): Buffer {
	const content = Buffer.alloc(length);
	for (let i = 0; i < length; i++) content[i] = byte(i);
	return content;
}
