/*
 * Finds files and names under the rules of Access. A path is resolved to a descriptor,
 * the rules are applied to the descriptor's location, and the caller uses the
 * descriptor.
 */
import { addon } from "../posix/addon.ts";
import { type ByteString, fromBytes, joinBytes, sliceBytes, toBytes } from "../posix/byte-string.ts";
import { errno } from "../posix/errno.ts";
import { PATH_MAX } from "../posix/limits.ts";
import { O_PATH_NOFOLLOW } from "../posix/openat2.ts";
import { SEPARATOR } from "../posix/path.ts";
import type { AccessJudge, JudgedFile } from "./access-judge.ts";
import { isCreatable, isSeen, type Right } from "./access-rights.ts";
import { AccessWalk, type Concealed } from "./access-walk.ts";
import { splitLast } from "./kernel-path.ts";
import { LOOK, LOOK_AT_LINK, type Namespace, type Target } from "./namespace.ts";

/** How often to retry when another process changes where the path leads. */
const ATTEMPTS_MAX = 32;

/** A name in a directory that stays open in a Target. */
export interface JudgedName {
	/** Its location, from the client's "/"; the name need not exist. */
	readonly path: ByteString;
	/** The number of the rule that applies there. */
	readonly rule: number;
	readonly right: Right;
	/** The name without trailing slashes. */
	readonly name: Buffer;
	/** It is `.`, `..` or the top: system calls that change names refuse these without a lookup. */
	readonly isFixed: boolean;
}

export class AccessFinder {
	readonly walk: AccessWalk;
	readonly #inner: Namespace;
	readonly #judge: AccessJudge;
	/* Scratch space, valid within one call only. */
	readonly #workingDirectory = Buffer.allocUnsafeSlow(PATH_MAX);

	constructor(inner: Namespace, judge: AccessJudge) {
		this.#inner = inner;
		this.#judge = judge;
		this.walk = new AccessWalk(inner, judge);
	}

	/** Finds an existing file. After a JudgedFile the caller releases the target, which holds the descriptor. */
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
	 * Finds the directory and last component of a name. After a JudgedName the caller
	 * releases the target.
	 *
	 * @param creates whether the name is to be created: in a hidden directory that gets
	 *   EACCES, not ENOENT
	 */
	name(path: Buffer, creates: boolean, target: Target): JudgedName | number {
		for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
			const found = this.#inner.findName(path, target);
			if (found < 0) return this.#explainMissing(path, found, creates);
			const directory = this.#judge.locator.pathOf(target.directory);
			const concealed = typeof directory === "string" ? this.walk.concealedAt(directory) : undefined;
			if (
				concealed === undefined &&
				typeof directory === "string" &&
				(target.isTop || this.#isVisibleRoute(path, directory))
			)
				return this.#nameIn(directory, target);
			target.release();
			if (typeof directory === "number") return directory;
			/* A concealed component comes first, since the client must not learn what follows it. */
			const lost = this.#explainMissing(path, 0, creates);
			if (lost < 0) return lost;
			if (concealed !== undefined) return this.#answerConcealed(concealed, creates);
		}
		return creates ? -errno.EACCES : -errno.ENOENT;
	}

	/** The file that a name refers to, or -errno. The caller closes its descriptor. */
	existing({ name }: JudgedName, target: Target): JudgedFile | number {
		const fd = addon.openAt(target.directory, name, 0, name.length, O_PATH_NOFOLLOW, 0);
		if (fd < 0) return fd;
		const file = this.#judge.file(fd);
		if (typeof file === "number") addon.close(fd);
		return file;
	}

	/** 0 if the rules permit creating a file under a name; otherwise -errno. */
	mayCreate(at: JudgedName, target: Target): number {
		if (at.isFixed) return 0;
		if (!isCreatable(at.right)) return this.#judge.refuse(at.path, at.rule);
		if (this.#judge.rules.conceals) {
			const file = this.existing(at, target);
			if (typeof file !== "number") {
				const seen = isSeen(file.right, file);
				addon.close(file.fd);
				/* EEXIST would reveal the file. */
				if (!seen) return this.#judge.refuse(at.path, at.rule);
			} else if (file !== -errno.ENOENT) return file;
		}
		return this.#judge.roomFor(at.path, at.right);
	}

	/** Resolves the links in the path of a file to be created; returns the path, or -errno. */
	placeOf(path: Buffer): Buffer | number {
		const text = this.#absolute(path);
		if (typeof text === "number") return text;
		const place = this.walk.resolve(text, true, true);
		if (typeof place !== "number") return toBytes(place);
		const { concealed } = this.walk;
		return concealed === undefined ? place : this.#answerConcealed(concealed, true);
	}

	/** Whether a path names the location directly, without links or `..`. */
	leadsTo(path: Buffer, place: ByteString): boolean {
		const text = this.#absolute(path);
		if (text === place) return true;
		if (typeof text === "number") return false;
		const components = text.split("/").filter((one) => one !== "" && one !== ".");
		return !components.includes("..") && `/${components.join("/")}` === place;
	}

	/** Finds a file by a path with links or `..`, component by component. */
	#walkTo(path: Buffer, follow: boolean, target: Target): JudgedFile | number {
		const text = this.#absolute(path);
		if (typeof text === "number") return text;
		for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
			const place = this.walk.resolve(text, follow);
			const { concealed } = this.walk;
			if (concealed !== undefined) return this.#judge.conceal(concealed.path, concealed.rule);
			/* Another process replaced a link before it was read. */
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

	/** Whether the path to a name's directory goes through nothing concealed. */
	#isVisibleRoute(path: Buffer, directory: ByteString): boolean {
		if (!this.#judge.rules.conceals) return true;
		const text = this.#absolute(path);
		if (typeof text === "number") return false;
		const way = splitLast(text).directory;
		if (this.leadsTo(toBytes(way), directory)) return true;
		const place = this.walk.resolve(way, true);
		return typeof place === "string" && (place === directory || place === `${directory}/`);
	}

	/** The answer when a name's directory was not found: `reason`, or another error if something concealed is the cause. */
	#explainMissing(path: Buffer, reason: number, creates: boolean): number {
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
			return { path: directory, rule, right: rules.right(rule), name, isFixed: true };
		}
		const path = directory === "/" ? joinBytes(SEPARATOR, text) : joinBytes(directory, SEPARATOR, text);
		const rule = rules.at(path);
		return { path, rule, right: rules.right(rule), name, isFixed: false };
	}

	/** The absolute path, or -errno. */
	#absolute(path: Buffer): ByteString | number {
		const text = fromBytes(path);
		if (text === "") return -errno.ENOENT;
		if (text.startsWith("/")) return text;
		const length = this.#inner.workingDirectory(this.#workingDirectory);
		if (length < 0) return length;
		return joinBytes(fromBytes(this.#workingDirectory.subarray(0, length)), SEPARATOR, text);
	}
}
