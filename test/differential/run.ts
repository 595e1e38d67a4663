/* Runs a session on both servers and compares after each sequence. */
import { type Agent, type Answer, buildTree, DID_NOT_END, Job, TESTER, TREE_ROOT } from "../helpers/agent.ts";
import { type Program, type Programs, rootedFields, SEARCH_PATH } from "../helpers/worlds.ts";
import { contextOf } from "./context.ts";
import { compareLogs, compareReplies, compareTrees, type Tolerated } from "./judge.ts";
import { encodePacket, hasKnownType, type Packet } from "./packet.ts";
import { Random } from "./random.ts";
import { readHandle, splitReplies } from "./replies.ts";
import type { Sequence, Session } from "./session.ts";
import { treeText } from "./trees.ts";

/** A session's result: how many of its sequences ran, and the first difference in words, if any. */
export interface Outcome {
	readonly sequencesRun: number;
	readonly difference: readonly string[];
	/** Whether a server was ended because the session took too long; then every run of it takes that long. */
	readonly hung: boolean;
	/** The reference's state after each sequence. */
	readonly states: readonly string[];
	/** All replies of the reference. */
	readonly replies: readonly Buffer[];
}

interface Sent {
	readonly packet: Packet;
	readonly wire: Buffer;
	/** Whether the reference has a handler for the type. */
	readonly known: boolean;
}

/** A stream of more bytes than this is divided at random instead of at every byte. */
const SINGLE_BYTES_MAX = 3000;
const CUT_MAX = 700;

function encodeAll(packets: readonly Packet[]): Sent[] {
	return packets.map((packet) => {
		const wire = encodePacket(packet);
		return { packet, wire, known: hasKnownType(wire) };
	});
}

function pieces(bytes: Buffer, sequence: Sequence): Buffer[] {
	const { delivery } = sequence;
	if (delivery.how === "bytes" && bytes.length <= SINGLE_BYTES_MAX) {
		return Array.from(bytes, (byte) => Buffer.of(byte));
	}
	if (delivery.how === "cuts" || delivery.how === "bytes") {
		const random = new Random(delivery.how === "cuts" ? delivery.seed : 0);
		const cut: Buffer[] = [];
		for (let at = 0; at < bytes.length; ) {
			const end = at + random.between(1, random.chance(10) ? bytes.length : CUT_MAX);
			cut.push(bytes.subarray(at, end));
			at = end;
		}
		return cut;
	}
	return [bytes];
}

/**
 * Adds the writes of a sequence. With `waits`, a packet that is damaged or of an
 * unknown type is sent alone, with nothing queued before or after it: what
 * OpenSSH does with such a packet depends on what is queued (differences.ts).
 */
function addWrites(job: Job, sent: readonly Sent[], sequence: Sequence, waits: boolean): void {
	const groups: { bytes: Buffer[]; alone: boolean }[] = [];
	for (const { packet, wire, known } of sent) {
		const alone = sequence.delivery.how === "each" || packet.damage.length > 0 || !known;
		const last = groups.at(-1);
		if (last === undefined || alone || last.alone) {
			groups.push({ bytes: [wire], alone });
		} else {
			last.bytes.push(wire);
		}
	}
	if (sequence.unread) {
		job.add("H");
	}
	job.add("R", Buffer.of(0, sequence.takeBytes >> 16, sequence.takeBytes >> 8, sequence.takeBytes));
	groups.forEach((group, index) => {
		const whole = Buffer.concat(group.bytes);
		const missing = index === groups.length - 1 ? sequence.missingBytes : 0;
		if (waits && index > 0 && (group.alone || groups[index - 1]?.alone)) {
			job.add("I");
		}
		for (const piece of pieces(whole.subarray(0, Math.max(0, whole.length - missing)), sequence)) {
			job.add("W", piece);
		}
	});
}

function start(
	session: Session,
	program: Program,
	{ isRooted, reference, sessionSeconds }: Programs,
): Buffer {
	const [uid, gid] = session.user === "tester" ? TESTER : [0, 0];
	const fields = [
		`x${program.path}`,
		`d${TREE_ROOT}`,
		"asftp-server",
		...(isRooted ? rootedFields(program === reference, uid) : [`u${uid}`, `g${gid}`]),
		...[...program.args, ...session.args].map((arg) => `a${arg}`),
		...[SEARCH_PATH, ...session.env].map((one) => `e${one}`),
	];
	if (session.fileSize !== undefined) fields.push(`s${session.fileSize}`);
	if (session.files !== undefined) fields.push(`n${session.files}`);
	if (sessionSeconds !== undefined) fields.push(`t${sessionSeconds}`);
	return Buffer.from(fields.map((field) => `${field}\0`).join(""), "latin1");
}

/** CLOSE for every handle that may be open, so that the next sequence starts with number 0. */
function closeHandles(count: number): Packet[] {
	return Array.from({ length: count }, (_, i) => {
		const bytes = Buffer.alloc(4);
		bytes.writeUInt32BE(count - 1 - i);
		return { name: "close", id: 0xffff0000 + i, values: [{ kind: "handle", bytes }], damage: [] };
	});
}

/** Two servers in twin worlds, one session at a time. */
export class Pair {
	readonly #programs: Programs;
	readonly #agents: readonly [Agent, Agent];
	readonly #tolerated: Tolerated;

	constructor(programs: Programs, agents: readonly [Agent, Agent], tolerated: Tolerated) {
		this.#programs = programs;
		this.#agents = agents;
		this.#tolerated = tolerated;
	}

	/** Runs the session until its end, the end of a server, or the first difference. */
	async run(session: Session): Promise<Outcome> {
		const programs = [this.#programs.reference, this.#programs.subject] as const;
		const answers: [Answer[], Answer[]] = [[], []];
		const allSent: Sent[] = [];
		const states: string[] = [];
		const replies: Buffer[] = [];
		const from = Math.floor(Date.now() / 1000) - 1;
		let handles = 0;
		for (const [index, sequence] of session.sequences.entries()) {
			const last = index === session.sequences.length - 1;
			const sent = encodeAll(sequence.packets);
			allSent.push(...sent);
			const jobs = programs.map((program) => {
				const job = new Job();
				for (const { wire } of encodeAll(closeHandles(handles))) {
					job.add("W", wire).add("I");
				}
				job.add("B", buildTree(treeText(session.tree, this.#programs.isRooted)));
				if (index === 0) {
					job.add("S", start(session, program, this.#programs));
				}
				const holds = program.dropsAtEnd || !last || sequence.end === "held";
				addWrites(job, sent, sequence, holds);
				return (last ? (holds ? job.add("I") : job).add("C").add("X") : job.add("I")).add("D", TREE_ROOT);
			});
			const [theirs, own] = await this.#both(jobs);
			answers[0].push(theirs);
			answers[1].push(own);
			const moment = { from, to: Math.floor(Date.now() / 1000) + 1 };
			const context = contextOf(allSent, session.args, this.#programs.isRooted);
			const ended = theirs.state !== "alive" || own.state !== "alive";
			states.push(theirs.state);
			const theirReplies = splitReplies(theirs.output);
			replies.push(...theirReplies);
			/* The time limit stops a server anywhere, for instance in a copy of a file onto itself: the rest can't be compared. */
			const hung = theirs.state === DID_NOT_END || own.state === DID_NOT_END;
			const difference = [
				...(theirs.state === own.state ? [] : [`end: reference ${theirs.state}, subject ${own.state}`]),
				...(hung ? [] : compareReplies(theirs.output, own.output, context, moment, this.#tolerated)),
				...(hung ? [] : compareTrees(theirs, own, moment)),
				...(hung || !ended ? [] : compareLogs(...answers, context, this.#tolerated)),
			];
			if (difference.length > 0 || ended) {
				return { sequencesRun: index + 1, difference, hung, states, replies };
			}
			for (const reply of theirReplies) {
				handles = Math.max(handles, (readHandle(reply) ?? -1) + 1);
			}
		}
		return { sequencesRun: session.sequences.length, difference: [], hung: false, states, replies };
	}

	async #both(jobs: readonly Job[]): Promise<[Answer, Answer]> {
		const [reference, subject] = this.#agents;
		const [first = new Job(), second = new Job()] = jobs;
		return Promise.all([reference.run(first), subject.run(second)]);
	}

	stop(): void {
		for (const agent of this.#agents) {
			agent.stop();
		}
	}
}
