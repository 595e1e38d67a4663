/*
 * The two programs of a comparison and the twin worlds they run in: which files
 * the servers see where, how each is started, and whole runs of them from the
 * arguments to the exit status, log datagrams included. Needs root.
 */
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Agent, buildAgent, buildTree, Job, PASSWD, PASSWD_IN_TREE, TESTER, TREE_ROOT } from "./agent.ts";
import { compileProgram } from "./compile.ts";
import { withoutOwnInOutput, withoutOwnLines } from "./differences.ts";
import { escapedStderr } from "./escaped-stderr.ts";
import { OUTPUT } from "./output.ts";
import { OPENSSH_SERVER } from "./server-under-test.ts";

/** Another name for both programs. */
const OTHER_NAME = "file-server";
const PACKAGE_AT = "/mnt/subject";
const RELEASE_AT = "/mnt/release";
const CHROOTED_AT = "/mnt/chrooted/chrooted.so";

export interface Program {
	/** Its path in the servers' world. */
	readonly path: string;
	/** The same program under OTHER_NAME. */
	readonly otherPath: string;
	/** Arguments before those of the session, to test the tester itself. */
	readonly args: readonly string[];
	/** Whether it is OpenSSH's, which drops unserved requests at the end of input. */
	readonly dropsAtEnd: boolean;
}

/** The search path of the servers' environment: the node that runs the tester, then the system's folders. */
export const SEARCH_PATH = `PATH=${dirname(process.execPath)}:/usr/bin:/bin`;

export interface Programs {
	readonly reference: Program;
	readonly subject: Program;
	/** Folders of the machine, besides the system's own, by their path in the servers' world. */
	readonly folders: ReadonlyMap<string, string>;
	/** Symlinks in the servers' world: path to target. */
	readonly links: ReadonlyMap<string, string>;
	/** Whether the tree is the servers' root: the reference's by chroot(2), the subject's by --root. */
	readonly isRooted: boolean;
	/** Seconds after which a session is ended, if not the agent's 60. */
	readonly sessionSeconds?: number;
}

/**
 * Finds the programs. A subject with a dist/ folder beside its bin/ is shown to
 * the servers as a package at a path that every user can reach; any other program is
 * started in place. Throws when a program is missing.
 */
export function findPrograms(
	referencePath: string,
	subjectPath: string,
	subjectArgs: readonly string[] = [],
	isRooted = false,
): Programs {
	if (!existsSync(referencePath)) {
		throw new Error(`${referencePath} is missing: install Debian's package openssh-sftp-server`);
	}
	const subject = realpathSync(subjectPath);
	const root = dirname(dirname(subject));
	const isPackage = existsSync(join(root, "dist"));
	const folders = new Map<string, string>();
	const reference = findReference(referencePath, folders);
	if (isPackage) {
		folders.set(`${PACKAGE_AT}/bin`, join(root, "bin")).set(`${PACKAGE_AT}/dist`, join(root, "dist"));
	}
	if (isRooted) folders.set(dirname(CHROOTED_AT), dirname(buildChrooted()));
	const nodeFolder = dirname(realpathSync(process.execPath));
	if (!nodeFolder.startsWith("/usr/")) {
		folders.set(nodeFolder, nodeFolder);
	}
	const path = isPackage ? subject.replace(root, PACKAGE_AT) : subject;
	return {
		reference,
		subject: {
			path,
			otherPath: `/mnt/names/subject/${OTHER_NAME}`,
			args: subjectArgs,
			dropsAtEnd: subject === realpathSync(referencePath),
		},
		folders,
		links: new Map([
			[reference.otherPath, reference.path],
			[`/mnt/names/subject/${OTHER_NAME}`, path],
		]),
		isRooted,
	};
}

/**
 * OpenSSH's server. One of another Debian release, whose files are in a directory,
 * runs with the loader and the libraries of that release, which are added to `folders`.
 */
function findReference(path: string, folders: Map<string, string>): Program {
	const otherPath = `/mnt/names/reference/${OTHER_NAME}`;
	const release = resolve(path).replace(OPENSSH_SERVER, "");
	if (release === "" || !resolve(path).endsWith(OPENSSH_SERVER))
		return { path, otherPath, args: [], dropsAtEnd: true };
	const libraries = join(release, "usr/lib");
	const [triplet, loader] =
		readdirSync(libraries)
			.filter((name) => name.endsWith("-linux-gnu"))
			.flatMap((name) => readdirSync(join(libraries, name)).map((file) => [name, file] as const))
			.find(([, file]) => file.startsWith("ld-linux-")) ?? [];
	if (triplet === undefined || loader === undefined) throw new Error(`no dynamic loader in ${libraries}`);
	folders.set(RELEASE_AT, libraries);
	const place = join(RELEASE_AT, triplet);
	const program = OPENSSH_SERVER.replace("/usr/lib", RELEASE_AT);
	const args = ["--library-path", place, "--argv0", "sftp-server", program];
	return { path: join(place, loader), otherPath, args, dropsAtEnd: true };
}

/** Starts an agent for each program, in twin worlds. */
export async function startAgents(
	agentProgram: string,
	programs: Programs,
): Promise<readonly [Agent, Agent]> {
	const agents = [
		new Agent(agentProgram, programs.folders),
		new Agent(agentProgram, programs.folders),
	] as const;
	const [reference, subject] = agents;
	await Promise.all([
		reference.prepare(programs.links, programs.isRooted ? PASSWD_IN_TREE : PASSWD),
		subject.prepare(programs.links),
	]);
	return agents;
}

/** The agent's fields that start a server in the tree, as a user whose uid and gid are equal. */
export function rootedFields(isReference: boolean, id: number): readonly string[] {
	return isReference
		? ["u0", "g0", `eLD_PRELOAD=${CHROOTED_AT}`, `eCHROOTED_IN=${TREE_ROOT}`, `eCHROOTED_AS=${id}:${id}`]
		: [`u${id}`, `g${id}`, "a--root", `a${TREE_ROOT}`];
}

/** Compiles the library that is preloaded into the reference; returns its path. */
export function buildChrooted(): string {
	return compileProgram(
		join(OUTPUT, "helpers/chrooted/chrooted.so"),
		["test/helpers/chrooted.c"],
		["-shared", "-fPIC"],
	);
}

/** One way of starting a server. By default: user tester, no input, SSH_CONNECTION set. */
export interface Invocation {
	readonly args: readonly string[];
	readonly env?: readonly string[];
	/** 4242 is tester; 31337 has no passwd entry. */
	readonly uid?: number;
	/** Descriptors that are closed at the start. */
	readonly closed?: readonly number[];
	/** Bytes for stdin, one character per byte; its end follows when everything is served. */
	readonly input?: string;
	/** Started under another name. */
	readonly renamed?: boolean;
}

/** What a program did, from start to end. Texts have one character per byte. */
export interface Conduct {
	/** "exit N" or "signal N". */
	readonly state: string;
	readonly stdout: string;
	readonly stderr: string;
	/** Without time and process ID. */
	readonly datagrams: readonly string[];
}

/** As sshd would set it. */
export const CONNECTION = "SSH_CONNECTION=192.0.2.7 50000 192.0.2.1 22";

/** OpenSSH's server and ours in twin worlds, for whole runs. */
export class TwinWorlds {
	readonly #programs: Programs;
	readonly #agents: readonly [Agent, Agent];
	readonly #tree: Buffer;

	private constructor(programs: Programs, agents: readonly [Agent, Agent], tree: Buffer) {
		this.#programs = programs;
		this.#agents = agents;
		this.#tree = tree;
	}

	/** Makes the worlds; each run starts in a new tree from this text (trees.ts), empty if none is given. */
	static async make(tree: Buffer = Buffer.alloc(0)): Promise<TwinWorlds> {
		const programs = findPrograms(OPENSSH_SERVER, "bin/sftp-server");
		return new TwinWorlds(programs, await startAgents(buildAgent(), programs), tree);
	}

	/** Runs both programs in the same way. Escapes OpenSSH's lines on stderr as ours are, and leaves out our lines about our own extensions. */
	async run(invocation: Invocation): Promise<{ readonly openssh: Conduct; readonly ours: Conduct }> {
		const [openssh, ours] = await Promise.all([
			conduct(this.#agents[0], this.#programs.reference, invocation, this.#tree),
			conduct(this.#agents[1], this.#programs.subject, invocation, this.#tree),
		]);
		const stderr = escapedStderr(openssh.stderr);
		return { openssh: { ...openssh, stderr }, ours: withoutOwn(ours, invocation) };
	}

	stop(): void {
		for (const agent of this.#agents) agent.stop();
	}
}

/** A datagram without its time and process ID. */
export function datagramText(datagram: Buffer): string {
	return datagram
		.toString("latin1")
		.replace(/^(<\d+>)[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (\S+)\[\d+\]: /, "$1TIME $2[PID]: ");
}

/** What our program did, without its lines about our own extensions. */
function withoutOwn(ours: Conduct, { input }: Invocation): Conduct {
	const { stdout } = ours;
	const isText = input === undefined;
	return {
		...ours,
		stdout: isText
			? withoutOwnLines(stdout.split("\n")).join("\n")
			: withoutOwnInOutput(Buffer.from(stdout, "latin1")).toString("latin1"),
		stderr: withoutOwnLines(ours.stderr.split("\r\n")).join("\r\n"),
		datagrams: withoutOwnLines(ours.datagrams),
	};
}

async function conduct(
	agent: Agent,
	program: Program,
	invocation: Invocation,
	tree: Buffer,
): Promise<Conduct> {
	const job = new Job().add("B", buildTree(tree)).add("S", startFields(program, invocation));
	if (invocation.input !== undefined) job.add("W", Buffer.from(invocation.input, "latin1")).add("I");
	const answer = await agent.run(job.add("C").add("X"));
	return {
		state: answer.state,
		stdout: answer.output.toString("latin1"),
		stderr: answer.errors?.toString("latin1") ?? "",
		datagrams: answer.datagrams.map(datagramText),
	};
}

function startFields(program: Program, { args, env, uid, closed, renamed }: Invocation): Buffer {
	const user = uid ?? TESTER[0];
	const fields = [
		`x${renamed === true ? program.otherPath : program.path}`,
		`d${TREE_ROOT}`,
		`u${user}`,
		`g${user}`,
		`a${renamed === true ? OTHER_NAME : "sftp-server"}`,
		...args.map((arg) => `a${arg}`),
		...[SEARCH_PATH, ...(env ?? [CONNECTION])].map((one) => `e${one}`),
		...(closed ?? []).map((fd) => `c${fd}`),
	];
	return Buffer.from(fields.map((field) => `${field}\0`).join(""), "latin1");
}
