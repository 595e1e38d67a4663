// OpenSSH's sftp-server as the judge of log lines and command lines: runs it with
// a syslog socket of its own and hands back everything it said. Needs python3,
// util-linux and the right to make a mount namespace.
import { runCommand } from "../helpers/run-command.ts";
import { OPENSSH_SERVER } from "../helpers/server-under-test.ts";

/** A run of a program: strings are byte strings, one char per byte. */
export interface Run {
	/** The program too, where it is not OpenSSH's server. */
	readonly args: readonly string[];
	/** Packets, and how many replies come back before stdin is closed. */
	readonly input?: Buffer;
	readonly replies?: number;
	/** The syslog socket is not read before the replies have come. */
	readonly deaf?: boolean;
}

export interface Outcome {
	readonly status: number;
	readonly stdout: string;
	readonly stderr: string;
	/** What came to /dev/log. */
	readonly datagrams: readonly string[];
}

/** Runs OpenSSH's server once for each row, in order. Time and process id in datagrams are fixed ones. */
export async function runOpenssh(runs: readonly Run[]): Promise<Outcome[]> {
	const outcomes = await runWithSyslog(runs.map((run) => ({ ...run, args: [OPENSSH_SERVER, ...run.args] })));
	return outcomes.map((outcome) => ({ ...outcome, datagrams: outcome.datagrams.map(withoutMoment) }));
}

/** Runs each program in order, one syslog socket for all. */
export async function runWithSyslog(runs: readonly Run[]): Promise<Outcome[]> {
	const jobs = runs.map(({ args, input, replies, deaf }) => ({
		argv: args,
		input: (input ?? Buffer.alloc(0)).toString("base64"),
		replies: replies ?? 0,
		deaf: deaf ?? false,
	}));
	const asRoot = process.getuid?.() === 0 ? [] : ["--map-root-user"];
	const { status, stdout, stderr } = await runCommand(
		"unshare",
		[...asRoot, "--mount", "python3", "test/log/syslog-host.py"],
		{ input: JSON.stringify(jobs) },
	);
	if (status !== 0) throw new Error(`no run with a syslog socket: ${stderr}`);
	return JSON.parse(stdout.toString());
}

/** The datagram with a fixed time and process id; throws when it is not laid out as libc does it. */
export function withoutMoment(datagram: string): string {
	const [, priority, ident, text] =
		/^(<\d+>)[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d ([^ [\]]+)\[\d+\]: (.*)$/s.exec(datagram) ?? [];
	if (text === undefined) throw new Error(`not a syslog datagram: ${JSON.stringify(datagram)}`);
	return `${priority}Jan  1 00:00:00 ${ident}[1]: ${text}`;
}

/** One packet: its type and fields; a number is a uint32, a bigint a uint64, bytes and text are strings. */
export function packet(type: number, ...fields: readonly (number | bigint | string | Buffer)[]): Buffer {
	const parts = fields.map((field) => {
		if (typeof field === "number") {
			const bytes = Buffer.alloc(4);
			bytes.writeUInt32BE(field);
			return bytes;
		}
		if (typeof field === "bigint") {
			const bytes = Buffer.alloc(8);
			bytes.writeBigUInt64BE(field);
			return bytes;
		}
		const bytes = typeof field === "string" ? Buffer.from(field, "latin1") : field;
		const length = Buffer.alloc(4);
		length.writeUInt32BE(bytes.length);
		return Buffer.concat([length, bytes]);
	});
	const body = Buffer.concat(parts);
	const head = Buffer.alloc(5);
	head.writeUInt32BE(body.length + 1);
	head.writeUInt8(type, 4);
	return Buffer.concat([head, body]);
}
