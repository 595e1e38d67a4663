/*
 * From a client's path to a file or a name that the rules of Access have judged: at
 * the place where it really is, and by the descriptor that is used afterwards.
 */
import { addon } from "../posix/addon.ts";
import { type ByteString, fromBytes, joinBytes, sliceBytes, toBytes } from "../posix/byte-string.ts";
import { errno } from "../posix/errno.ts";
import { PATH_MAX } from "../posix/limits.ts";
import { O_PATH_NOFOLLOW } from "../posix/openat2.ts";
import { SEPARATOR } from "../posix/path.ts";
import type { AccessJudge, JudgedFile } from "./access-judge.ts";
import { isCreatable, isSeen, type Right } from "./access-rules.ts";
import { AccessWalk, type Concealed } from "./access-walk.ts";
import { splitLast } from "./kernel-path.ts";
import { LOOK, LOOK_AT_LINK, type Namespace, type Target } from "./namespace.ts";

/** How often to retry a path that leads elsewhere by the time it is used. */
const ATTEMPTS_MAX = 32;

/** A name in a directory that stays open in a Target. */
export interface JudgedName {
	/** Where it is, or would be: from the client's "/". */
	readonly path: ByteString;
	/** The number of the rule that counts there. */
	readonly rule: number;
	readonly right: Right;
	/** The name without slashes after it. */
	readonly name: Buffer;
	/** `.`, `..` and the top itself: the calls that change names refuse them without looking. */
	readonly isNone: boolean;
}

export class AccessFinder {
	readonly walk: AccessWalk;
	readonly #inner: Namespace;
	readonly #judge: AccessJudge;
	/* Work space; no call leaves anything in it that the next needs. */
	readonly #workingDirectory = Buffer.allocUnsafeSlow(PATH_MAX);

	constructor(inner: Namespace, judge: AccessJudge) {
		this.#inner = inner;
		this.#judge = judge;
		this.walk = new AccessWalk(inner, judge);
	}

	/** Finds a file that exists; its descriptor is the target's, to release after a JudgedFile. */
	file(path: Buffer, follow: boolean, target: Target): JudgedFile | number {
		const { conceals } = this.#judge.rules;
		const found = this.#inner.find(path, follow ? LOOK : LOOK_AT_LINK, target);
		if (found >= 0) {
			const file = this.#judge.file(target.directory);
			if (typeof file !== "number" && (!conceals || this.leadsTo(path, file.path))) return file;
			target.release();
			if (typeof file === "number") return file;
		} else if (!conceals || found === -errno.ENOENT) return found;
		return this.#walkTo(path, follow, target);
	}

	/**
	 * Finds the directory and last component of a name; the target is to be released
	 * after a JudgedName.
	 *
	 * @param creates whether the name is to be created, which concealed files then refuse
	 */
	name(path: Buffer, creates: boolean, target: Target): JudgedName | number {
		for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
			const found = this.#inner.findName(path, target);
			if (found < 0) return this.#lost(path, found, creates);
			const directory = this.#judge.locator.pathOf(target.directory);
			const concealed = typeof directory === "string" ? this.walk.concealedAt(directory) : undefined;
			if (
				concealed === undefined &&
				typeof directory === "string" &&
				(target.isTop || this.#isSeenWay(path, directory))
			)
				return this.#nameIn(directory, target);
			target.release();
			if (typeof directory === "number") return directory;
			/* What conceals the way answers first: the client does not know that the path gets any farther. */
			const lost = this.#lost(path, 0, creates);
			if (lost < 0) return lost;
			if (concealed !== undefined) return this.#answerConcealed(concealed, creates);
		}
		return creates ? -errno.EACCES : -errno.ENOENT;
	}

	/** The file that a name stands for, by a descriptor to close; or -errno. */
	existing({ name }: JudgedName, target: Target): JudgedFile | number {
		const fd = addon.openAt(target.directory, name, 0, name.length, O_PATH_NOFOLLOW, 0);
		if (fd < 0) return fd;
		const file = this.#judge.file(fd);
		if (typeof file === "number") addon.close(fd);
		return file;
	}

	/** 0 if the rules permit creating a file under a name; otherwise -errno. */
	mayCreate(at: JudgedName, target: Target): number {
		if (at.isNone) return 0;
		if (!isCreatable(at.right)) return this.#judge.refuse(at.path, at.rule);
		if (this.#judge.rules.conceals) {
			const file = this.existing(at, target);
			if (typeof file !== "number") {
				const seen = isSeen(file.right, file);
				addon.close(file.fd);
				/* EEXIST would reveal the file. */
				if (!seen) return this.#judge.refuse(at.path, at.rule);
			}
		}
		return this.#judge.roomFor(at.path, at.right);
	}

	/** The path without links of a file to be created; or -errno. */
	placeOf(path: Buffer): Buffer | number {
		const text = this.#absolute(path);
		if (typeof text === "number") return text;
		const place = this.walk.resolve(text, true, true);
		if (typeof place !== "number") return toBytes(place);
		const { concealed } = this.walk;
		return concealed === undefined ? place : this.#answerConcealed(concealed, true);
	}

	/** Whether a path's text is the place itself, so that it passes only the directories above it. */
	leadsTo(path: Buffer, place: ByteString): boolean {
		const text = this.#absolute(path);
		if (text === place) return true;
		if (typeof text === "number") return false;
		const components = text.split("/").filter((one) => one !== "" && one !== ".");
		return !components.includes("..") && `/${components.join("/")}` === place;
	}

	/** Finds a file by a path that passes links or `..`, step by step. */
	#walkTo(path: Buffer, follow: boolean, target: Target): JudgedFile | number {
		const text = this.#absolute(path);
		if (typeof text === "number") return text;
		for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
			const place = this.walk.resolve(text, follow);
			const { concealed } = this.walk;
			if (concealed !== undefined) return this.#judge.conceal(concealed.path, concealed.rule);
			/* It was a link when examined, but something else when read. */
			if (place === -errno.EINVAL) continue;
			if (typeof place === "number") return place;
			const found = this.#inner.find(toBytes(place), LOOK_AT_LINK, target);
			if (found < 0) return found;
			const file = this.#judge.file(target.directory);
			/* Otherwise another process is renaming directories on the path. */
			if (typeof file !== "number" && (place === file.path || place === `${file.path}/`)) return file;
			target.release();
		}
		return -errno.ENOENT;
	}

	/** Whether the way to a name's directory passes nothing concealed. */
	#isSeenWay(path: Buffer, directory: ByteString): boolean {
		if (!this.#judge.rules.conceals) return true;
		const text = this.#absolute(path);
		if (typeof text === "number") return false;
		const way = splitLast(text).directory;
		if (this.leadsTo(toBytes(way), directory)) return true;
		const place = this.walk.resolve(way, true);
		return typeof place === "string" && (place === directory || place === `${directory}/`);
	}

	/** The answer to a path whose directory was not found for the given reason; 0 if nothing concealed is the cause. */
	#lost(path: Buffer, reason: number, creates: boolean): number {
		if (!this.#judge.rules.conceals) return reason;
		const text = this.#absolute(path);
		if (typeof text === "number") return text;
		const place = this.walk.resolve(splitLast(text).directory, true);
		const { concealed } = this.walk;
		if (concealed === undefined) return typeof place === "number" ? place : reason;
		return this.#answerConcealed(concealed, creates);
	}

	#answerConcealed({ path: at, rule }: Concealed, creates: boolean): number {
		return creates && this.#judge.rules.right(rule) === "hidden"
			? this.#judge.refuse(at, rule)
			: this.#judge.conceal(at, rule);
	}

	#nameIn(directory: ByteString, target: Target): JudgedName {
		const whole = fromBytes(target.path);
		const text = sliceBytes(whole, 0, /\/*$/.exec(whole)?.index);
		const name = toBytes(text);
		const { rules } = this.#judge;
		if (text === "" || text === "." || text === ".." || target.isTop) {
			const rule = rules.at(directory);
			return { path: directory, rule, right: rules.right(rule), name, isNone: true };
		}
		const path = directory === "/" ? joinBytes(SEPARATOR, text) : joinBytes(directory, SEPARATOR, text);
		const rule = rules.at(path);
		return { path, rule, right: rules.right(rule), name, isNone: false };
	}

	/** The path from "/", or -errno. */
	#absolute(path: Buffer): ByteString | number {
		const text = fromBytes(path);
		if (text === "") return -errno.ENOENT;
		if (text.startsWith("/")) return text;
		const length = this.#inner.workingDirectory(this.#workingDirectory);
		if (length < 0) return length;
		return joinBytes(fromBytes(this.#workingDirectory.subarray(0, length)), SEPARATOR, text);
	}
}
