// What one fuzzed session is: how the server is started, the client's bytes, and
// how they travel. Everything that happens in a session follows from this, so a
// session that failed is kept as one of these and can be run again.

/** `inside` runs the server's modules in the fuzzer's own process, `program` the built program. */
export type Mode = "inside" | "program";

export interface FuzzInput {
	readonly mode: Mode;
	/** Of the server; `inside` looks at -R, -P, -p and the log options only. */
	readonly args: readonly string[];
	readonly bytes: Buffer;
	/** Lengths of the pieces in which the bytes arrive, from the start over when they are used up. */
	readonly pieces: readonly number[];
	/** How many bytes the reader takes at a time, likewise. 0: it hangs up there. */
	readonly takes: readonly number[];
	/** What standard output is. */
	readonly output: "pipe" | "socket" | "file";
	/** `inside`: every so many calls on the two streams are interrupted or put off; 0 for none. */
	readonly disturbEvery: number;
	/** `inside`: storage seems slow, so that requests are done ahead of their turn. */
	readonly slow: boolean;
}

/** An input as it is kept in a file. */
export interface KeptInput extends Omit<FuzzInput, "bytes"> {
	/** What was wrong, for whoever looks at the file. */
	readonly complaint: string;
	/** Base64, in lines. */
	readonly bytes: readonly string[];
}

const LINE = 100;

export function toKept(input: FuzzInput, complaint: string): KeptInput {
	const text = input.bytes.toString("base64");
	const lines = Array.from({ length: Math.ceil(text.length / LINE) }, (_, i) =>
		text.slice(i * LINE, (i + 1) * LINE),
	);
	return { ...input, complaint, bytes: lines };
}

export function fromKept(kept: KeptInput): FuzzInput {
	const { complaint, ...input } = kept;
	return { ...input, bytes: Buffer.from(kept.bytes.join(""), "base64") };
}
