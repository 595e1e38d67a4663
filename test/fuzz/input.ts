/*
 * A fuzzed session: how the server is started, the client's bytes, and how they
 * arrive. It determines everything that happens, so an input that failed is
 * saved and can be run again.
 */

/** `inside` runs the server's modules in the fuzzer's own process, `program` the built program. */
export type Mode = "inside" | "program";

export interface FuzzInput {
	readonly mode: Mode;
	/** The server's arguments; `inside` reads only -R, -P, -p and the log options. */
	readonly args: readonly string[];
	readonly bytes: Buffer;
	/** Lengths of the pieces in which the bytes arrive, repeated as needed. */
	readonly pieces: readonly number[];
	/** How many bytes the reader takes at a time, likewise. At 0 it hangs up. */
	readonly takes: readonly number[];
	/** The kind of standard output. */
	readonly output: "pipe" | "socket" | "file";
	/** `inside`: one call in this many on the two streams fails with EINTR or EAGAIN; 0 for none. */
	readonly disturbEvery: number;
	/** `inside`: storage seems slow, so that requests are prefetched. */
	readonly slow: boolean;
}

/** An input as saved in a file. */
export interface KeptInput extends Omit<FuzzInput, "bytes"> {
	/** What was wrong, for people who read the file. */
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
