/* The command line of the benchmark. */
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

export type Options = {
	/** Rounds in which each workload runs once on each server. */
	readonly pairs: number;
	/** Only workloads whose name contains one of these; all when empty. */
	readonly only: readonly string[];
	/** Does a fraction of the work, to try the benchmark out; its figures mean little. */
	readonly quick: boolean;
	/** Save the result among the sources, as the picture in the README. */
	readonly save: boolean;
	/** The measured server, which if undefined is this one, installed; and the one that it is compared with. */
	readonly server: string | undefined;
	readonly against: string;
	/** Where the large files go, and where the many small ones go. */
	readonly fileRoot: string;
	readonly nameRoot: string;
	/** Leave other servers than those two out, except those in `also`. */
	readonly alone: boolean;
	/** Further servers that take their turns: label and command. */
	readonly also: readonly { readonly label: string; readonly command: string }[];
};

export const usage = `usage: npm run bench -- [option ...]
  --only NAME     only workloads with NAME in their name (as in results.json);
                  may be repeated
  --pairs N       rounds for each workload (9; 3 with --quick)
  --quick         a tenth of the work
  --save          also keep the result as test/bench/results.json, which git
                  ignores, and results.svg, the README's picture
  --server PATH   the server that is measured (this one, as install:system
                  installs it)
  --against PATH  what it is compared with (/usr/lib/openssh/sftp-server)
  --alone         these two only, no other servers
  --also LABEL=COMMAND
                  another server that takes its turns; "ours" at the start of
                  COMMAND stands for the one that is measured, so that
                  --also "confined=ours --confine /dev/shm" shows what an
                  option costs; may be repeated
  --dir PATH      where all files go; without it the large ones go to the
                  temporary directory and the small ones to /dev/shm, so that it
                  is the servers that are measured and not a disk's journal
`;

function wholeNumber(text: string): number {
	const value = Number(text);
	if (!Number.isInteger(value) || value < 1) throw new Error(`not a number of pairs: ${text}`);
	return value;
}

function labelled(text: string): Options["also"][number] {
	const [, label, command] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
	if (label === undefined || command === undefined) throw new Error(`not LABEL=COMMAND: ${text}`);
	return { label, command };
}

/** Throws an Error that says what is wrong with the arguments. */
export function parseOptions(args: readonly string[]): Options {
	const { values } = parseArgs({
		args: [...args],
		options: {
			only: { type: "string", multiple: true, default: [] },
			pairs: { type: "string" },
			quick: { type: "boolean", default: false },
			save: { type: "boolean", default: false },
			alone: { type: "boolean", default: false },
			also: { type: "string", multiple: true, default: [] },
			server: { type: "string" },
			against: { type: "string", default: "/usr/lib/openssh/sftp-server" },
			dir: { type: "string" },
		},
	});
	const memory = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
	return {
		...values,
		pairs: wholeNumber(values.pairs ?? (values.quick ? "3" : "9")),
		server: values.server === undefined ? undefined : resolve(values.server),
		against: resolve(values.against),
		also: values.also.map(labelled),
		fileRoot: values.dir ?? tmpdir(),
		nameRoot: values.dir ?? memory,
	};
}
