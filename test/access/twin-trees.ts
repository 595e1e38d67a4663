/*
 * Two sessions of this server with rules on one tree, and two of OpenSSH's server
 * without rules on a twin. If the model permits a request, both servers get it, and
 * their replies and trees must be the same. Otherwise this server's reply must have
 * the model's status code.
 */
import {
	chmodSync,
	lchownSync,
	lstatSync,
	mkdirSync,
	mkdtempSync,
	realpathSync,
	rmSync,
	type Stats,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import type { ServerReply } from "../helpers/server-replies.ts";
import type { Program, Question, ServerSession } from "../helpers/server-session.ts";
import { snapshotTree } from "../helpers/tree-snapshot.ts";
import { Model, type Own, type Verdict } from "./model.ts";
import { type Attribute, PLANTED, type Request, type Scenario, type Step } from "./requests.ts";
import { Setup, type SetupOptions } from "./setup.ts";

/** Times later than this come from the clock; the requests set earlier ones. */
const CLOCK_MILLISECONDS = 1e12;

/** A handle of a session, in both servers. */
interface TwinHandle {
	readonly subject: Buffer;
	readonly peer: Buffer;
	readonly isChangeable: boolean;
	/** Empty unless it is a regular file. */
	readonly identity: string;
}

interface TwinSession {
	readonly subject: ServerSession;
	readonly peer: ServerSession;
	readonly own: Own;
	readonly handles: TwinHandle[];
}

/** How often each kind of request and reply occurred. */
export type Counts = Map<string, number>;

export class TwinTrees {
	readonly #base = mkdtempSync(join(tmpdir(), "access-"));
	readonly #subjectTop = join(this.#base, "ours");
	readonly #peerTop = join(this.#base, "peer");
	readonly #setup: Setup;
	#sessions: readonly TwinSession[] = [];
	#model: Model | undefined;
	readonly #counts: Counts;

	/** @param counts is added to */
	constructor(program: Program, counts: Counts, options?: SetupOptions) {
		this.#counts = counts;
		chmodSync(this.#base, 0o755);
		this.#setup = new Setup(program, this.#base, options);
	}

	/** Runs a scenario on fresh trees; returns the first difference and the index of its sequence. */
	async run({ rules, sequences }: Scenario): Promise<{ sequence: number; difference: string } | undefined> {
		for (const top of [this.#subjectTop, this.#peerTop]) {
			rmSync(top, { recursive: true, force: true });
			mkdirSync(top);
			this.#give(top);
		}
		this.#model = new Model(rules, this.#peerTop, this.#setup.prefix(this.#peerTop));
		this.#sessions = await Promise.all(
			[0, 1].map(async () => ({
				subject: await this.#setup.startSubject(this.#subjectTop, rules),
				peer: await this.#setup.startPeer(this.#peerTop),
				own: new Set<string>(),
				handles: [],
			})),
		);
		try {
			for (const [number, sequence] of sequences.entries()) {
				const difference = await this.#sequence(sequence);
				if (difference !== undefined) return { sequence: number, difference };
			}
			return undefined;
		} finally {
			await Promise.all(this.#sessions.flatMap(({ subject, peer }) => [subject.stop(), peer.stop()]));
		}
	}

	remove(): void {
		this.#setup.remove();
		rmSync(this.#base, { recursive: true, force: true });
	}

	async #sequence(steps: readonly Step[]): Promise<string | undefined> {
		for (const top of [this.#subjectTop, this.#peerTop]) this.#plant(top);
		for (const step of steps) {
			const difference = await this.#step(step);
			if (difference !== undefined) return `${JSON.stringify(step)}: ${difference}`;
		}
		for (const session of this.#sessions) {
			for (const { subject, peer } of session.handles.splice(0)) {
				await session.subject.ask(FXP.CLOSE, subject);
				await session.peer.ask(FXP.CLOSE, peer);
			}
		}
		const [ours, theirs] = [this.#subjectTop, this.#peerTop].map((top) =>
			snapshotTree(top, { recentSinceMilliseconds: CLOCK_MILLISECONDS }).map((line) =>
				line.replaceAll(top, "TOP"),
			),
		);
		const at = ours?.findIndex((line, i) => line !== theirs?.[i]) ?? -1;
		if (at === -1 && ours?.length === theirs?.length) return undefined;
		return `the trees differ: ${ours?.[at]} and ${theirs?.[at]}`;
	}

	async #step({ session: number, request }: Step): Promise<string | undefined> {
		const session = this.#sessions[number];
		const model = this.#model;
		if (session === undefined || model === undefined) throw new Error("no session");
		const { own } = session;
		if (this.#isBeyondModel(request, own, model)) return undefined;
		if (request.what === "list") return this.#list(request.path, session, model);
		const verdict = judge(request, session, model);
		if (verdict === undefined) return undefined;
		this.#count(`${request.what} ${verdict}`);
		const question = (handle: (one: TwinHandle) => Buffer, top: string): Question =>
			questionOf(
				request,
				(slot) => handleIn(session, slot, handle),
				(path) => this.#sent(path, top),
			);
		const reply = await session.subject.ask(...question((one) => one.subject, this.#subjectTop));
		if (typeof verdict === "number")
			return reply.kind === "status" && reply.code === verdict
				? undefined
				: `the model says ${verdict}, the server ${show(reply)}`;
		if (verdict !== "served") {
			const name =
				reply.kind === "names" ? reply.names[0]?.name.replace(this.#subjectTop, "") || "/" : show(reply);
			return name === verdict ? undefined : `the model says "${verdict}", the server "${name}"`;
		}
		const isNew = made(request, model, own);
		const isChangeable =
			request.what === "open" && (isNew !== undefined || model.isChangeable(request.path, own));
		const peer = await session.peer.ask(...question((one) => one.peer, this.#peerTop));
		if (isNew !== undefined && (peer.kind === "handle" || (peer.kind === "status" && peer.code === 0)))
			own.add(model.identity(isNew));
		if (reply.kind === "handle" && peer.kind === "handle")
			session.handles.push({
				subject: reply.handle,
				peer: peer.handle,
				isChangeable,
				identity: fileOf(request, model, own),
			});
		if (request.what === "close") session.handles.splice(request.handle % session.handles.length, 1);
		const [ours, theirs] = [show(reply), show(peer)].map((text) =>
			text.replaceAll(this.#subjectTop, "TOP").replaceAll(this.#peerTop, "TOP"),
		);
		this.#count(`reply ${ours?.slice(0, 9)}`);
		return ours === theirs ? undefined : `this server says ${ours}, OpenSSH's ${theirs}`;
	}

	/**
	 * True if the answer does not follow from the rules and the tree. Under --root and
	 * --confine, a hard link to the tree's top fails with Landlock's EXDEV instead of
	 * EPERM. A `..` after a link may lead above the tree, where the model knows nothing
	 * and --confine answers EACCES.
	 */
	#isBeyondModel(request: Request, own: Own, model: Model): boolean {
		const { guard } = this.#setup;
		if (!("path" in request)) return false;
		if (guard !== "none" && request.what === "hardlink" && model.placeOf(request.path, false, own) === "/")
			return true;
		const paths = "to" in request && request.what !== "symlink" ? [request.path, request.to] : [request.path];
		return guard !== "root" && paths.some((path) => leaves(path, this.#peerTop));
	}

	async #list(path: string, session: TwinSession, model: Model): Promise<string | undefined> {
		const verdict = model.existing(path, true, "read", session.own);
		this.#count(`list ${verdict}`);
		const ours = await listing(session.subject, this.#sent(path, this.#subjectTop));
		if (typeof verdict === "number")
			return ours === verdict ? undefined : `the model says ${verdict}, the server ${ours}`;
		const theirs = await listing(session.peer, this.#sent(path, this.#peerTop));
		const expected = typeof theirs === "number" ? theirs : model.listed(path, theirs, session.own);
		return `${ours}` === `${expected}` ? undefined : `the listing is ${ours}, not ${expected}`;
	}

	/** The path as a client sends it. */
	#sent(path: string, top: string): string {
		return path.startsWith("/") ? `${this.#setup.prefix(top)}${path}` : path;
	}

	/** Makes the missing files of PLANTED. */
	#plant(top: string): void {
		for (const [path, content] of PLANTED) {
			const at = `${top}${path.replace(/\/$/, "")}`;
			if (!isDirectory(at.slice(0, at.lastIndexOf("/"))) || lstat(at) !== undefined) continue;
			const target = content.replace(/^-> (?=\/)/, `-> ${this.#setup.prefix(top)}`).slice("-> ".length);
			if (path.endsWith("/")) mkdirSync(at);
			else if (content.startsWith("-> ")) symlinkSync(target, at);
			else writeFileSync(at, content);
			this.#give(at);
		}
	}

	#give(path: string): void {
		const { uid } = this.#setup;
		if (uid !== undefined) lchownSync(path, uid, uid);
	}

	#count(what: string): void {
		this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
	}
}

/** True if a `..` in the path leads above the tree's top. */
function leaves(path: string, top: string): boolean {
	return [...path.matchAll(/\.\.(?=\/|$)/g)].some(({ index }) => {
		try {
			return !`${realpathSync.native(`${top}/${path.slice(0, index + 2)}`)}/`.startsWith(`${top}/`);
		} catch {
			return false;
		}
	});
}

function judge(request: Request, session: TwinSession, model: Model): Verdict | string | undefined {
	const { own } = session;
	switch (request.what) {
		case "open": {
			const { flags } = request;
			const has = (flag: number): boolean => (flags & flag) !== 0;
			return model.open(
				request.path,
				{
					reads: has(FXF.READ) || !has(FXF.WRITE),
					writes: has(FXF.WRITE) || has(FXF.TRUNC),
					creates: has(FXF.CREAT),
					exclusive: has(FXF.EXCL),
				},
				own,
			);
		}
		case "stat":
		case "statvfs":
			return model.existing(request.path, true, "seen", own);
		case "lstat":
			return model.existing(request.path, false, "seen", own);
		case "readlink":
			return model.existing(request.path, false, "read", own);
		case "list":
			return model.existing(request.path, true, "read", own);
		case "setstat":
			return model.existing(request.path, true, "change", own);
		case "lsetstat":
			return model.existing(request.path, false, "change", own);
		case "realpath":
			return model.realpath(request.path, own);
		case "mkdir":
		case "symlink":
			return model.create(request.path, own);
		case "remove":
		case "rmdir":
			return model.remove(request.path, own);
		case "hardlink":
			return model.link(request.path, request.to, own);
		case "rename":
		case "posix-rename":
			return model.rename(request.path, request.to, request.what === "posix-rename", own);
		default: {
			const handle = session.handles[request.handle % Math.max(1, session.handles.length)];
			if (handle === undefined) return undefined;
			/* Skipped: a copy onto the same file may never end, and the servers refuse a directory with different messages. */
			if (request.what === "copy") {
				const to = session.handles[request.to % session.handles.length];
				if (handle.identity === "" || to?.identity === "" || handle.identity === to?.identity)
					return undefined;
			}
			return request.what === "fsetstat" && !handle.isChangeable ? 3 : "served";
		}
	}
}

/** The place where a request creates a file; undefined if it creates none. */
function made(request: Request, model: Model, own: Own): string | undefined {
	switch (request.what) {
		case "open": {
			const exclusive = (request.flags & (FXF.CREAT | FXF.EXCL)) === (FXF.CREAT | FXF.EXCL);
			const place = model.placeOf(request.path, !exclusive, own);
			return (request.flags & FXF.CREAT) !== 0 && model.identity(place) === "" ? place : undefined;
		}
		case "mkdir":
		case "symlink": {
			const place = model.placeOf(request.path.replace(/\/+$/, ""), false, own);
			return model.identity(place) === "" ? place : undefined;
		}
		default:
			return undefined;
	}
}

/** The identity of the regular file that an OPEN opens; otherwise empty. */
function fileOf(request: Request, model: Model, own: Own): string {
	if (request.what !== "open") return "";
	const place = model.placeOf(request.path, true, own);
	return model.isFile(place) ? model.identity(place) : "";
}

function handleIn(session: TwinSession, slot: number, pick: (handle: TwinHandle) => Buffer): Buffer {
	const handle = session.handles[slot % Math.max(1, session.handles.length)];
	if (handle === undefined) throw new Error("no handle");
	return pick(handle);
}

function questionOf(
	request: Request,
	handle: (slot: number) => Buffer,
	path: (text: string) => string,
): Question {
	switch (request.what) {
		case "open":
			return [FXP.OPEN, path(request.path), request.flags, attrs()];
		case "close":
			return [FXP.CLOSE, handle(request.handle)];
		case "fstat":
			return [FXP.FSTAT, handle(request.handle)];
		case "read":
			return [FXP.READ, handle(request.handle), 0n, 100];
		case "write":
			return [FXP.WRITE, handle(request.handle), 0n, request.text];
		case "fsetstat":
			return [FXP.FSETSTAT, handle(request.handle), attribute(request.set)];
		case "copy":
			return ["copy-data", handle(request.handle), 0n, 0n, handle(request.to), 0n];
		case "stat":
			return [FXP.STAT, path(request.path)];
		case "lstat":
			return [FXP.LSTAT, path(request.path)];
		case "list":
			return [FXP.OPENDIR, path(request.path)];
		case "readlink":
			return [FXP.READLINK, path(request.path)];
		case "realpath":
			return [FXP.REALPATH, path(request.path)];
		case "statvfs":
			return ["statvfs@openssh.com", path(request.path)];
		case "mkdir":
			return [FXP.MKDIR, path(request.path), attrs()];
		case "remove":
			return [FXP.REMOVE, path(request.path)];
		case "rmdir":
			return [FXP.RMDIR, path(request.path)];
		case "setstat":
			return [FXP.SETSTAT, path(request.path), attribute(request.set)];
		case "lsetstat":
			return ["lsetstat@openssh.com", path(request.path), attribute(request.set)];
		case "rename":
			return [FXP.RENAME, path(request.path), path(request.to)];
		case "posix-rename":
			return ["posix-rename@openssh.com", path(request.path), path(request.to)];
		case "hardlink":
			return ["hardlink@openssh.com", path(request.path), path(request.to)];
		case "symlink":
			return [FXP.SYMLINK, path(request.to), path(request.path)];
		default:
			return request satisfies never;
	}
}

function attribute(set: Attribute) {
	if (set === "mode") return attrs({ mode: 0o750 });
	return set === "times" ? attrs({ times: [1000, 2000] }) : attrs({ size: 3n });
}

/** The part of a reply that must be the same: no handles, times or free space. */
function show(reply: ServerReply): string {
	switch (reply.kind) {
		case "status":
			return `status ${reply.code}`;
		case "data":
			return `data ${reply.data.toString("latin1")}`;
		case "attrs": {
			const { mode = 0, size = 0n } = reply.attrs ?? {};
			return `attrs ${mode.toString(8)} ${(mode & 0o170000) === 0o100000 ? size : ""}`;
		}
		case "names":
			return `names ${reply.names.map(({ name }) => name).join(" ")}`;
		default:
			return reply.kind;
	}
}

/** Returns the sorted names of a directory, or OPENDIR's status code. */
async function listing(session: ServerSession, path: string): Promise<string[] | number> {
	const opened = await session.ask(FXP.OPENDIR, path);
	if (opened.kind !== "handle") return opened.kind === "status" ? opened.code : -1;
	const names: string[] = [];
	for (;;) {
		const reply = await session.ask(FXP.READDIR, opened.handle);
		if (reply.kind !== "names") break;
		names.push(...reply.names.map(({ name }) => name));
	}
	await session.ask(FXP.CLOSE, opened.handle);
	return names.sort();
}

function isDirectory(path: string): boolean {
	return lstat(path)?.isDirectory() === true;
}

function lstat(path: string): Stats | undefined {
	try {
		return lstatSync(path);
	} catch {
		return undefined;
	}
}
