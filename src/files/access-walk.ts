/*
 * Canonical paths in a session whose rules conceal something: what is concealed does
 * not exist, neither at the end of a path nor along it, where a link or a
 * `..` would otherwise reveal it.
 */
import { type ByteString, fromBytes } from "../posix/byte-string.ts";
import { errno } from "../posix/errno.ts";
import { FileType, type StatBuffer } from "../posix/stat.ts";
import type { AccessJudge } from "./access-judge.ts";
import { kernelPath } from "./kernel-path.ts";
import { LOOK_AT_LINK, type Namespace, type PathWalk, Target } from "./namespace.ts";
import { Realpath } from "./realpath.ts";

/** Where a walk met something concealed. */
export interface Concealed {
	readonly path: ByteString;
	/** The number of the rule that conceals it. */
	readonly rule: number;
}

export class AccessWalk implements PathWalk {
	readonly verbatim = false;
	readonly #inner: Namespace;
	readonly #judge: AccessJudge;
	readonly #realpath: Realpath;
	readonly #target = new Target();
	/** What the last `resolve` met first. */
	concealed: Concealed | undefined;

	constructor(inner: Namespace, judge: AccessJudge) {
		this.#inner = inner;
		this.#judge = judge;
		this.#realpath = new Realpath(this);
	}

	/** The path without links, whose last component need not exist, or -errno; as kernelPath. */
	resolve(path: ByteString, follow: boolean, creates = false): ByteString | number {
		this.concealed = undefined;
		return kernelPath(this.#realpath, path, follow, creates);
	}

	/** Whether rules conceal a directory whatever is there: undefined where one shows something beneath, and so the way to it. */
	concealedAt(path: ByteString): Concealed | undefined {
		const { rules } = this.#judge;
		const rule = rules.at(path);
		return rules.right(rule) === "hidden" && !rules.mayShowBeneath(path) ? { path, rule } : undefined;
	}

	hasNoLinks(path: Buffer): boolean {
		return !this.#judge.rules.conceals && this.#inner.hasNoLinks(path);
	}

	workingDirectory(to: Buffer): number {
		return this.#inner.workingDirectory(to);
	}

	lstatComponent(path: Buffer, length: number, stat: StatBuffer): number {
		const { rules } = this.#judge;
		if (!rules.conceals) return this.#inner.lstatComponent(path, length, stat);
		const bytes = path.subarray(0, length);
		const text = fromBytes(bytes);
		const result = this.#inner.lstatComponent(path, length, stat);
		/* The directory above answers the same whether or not the name exists. */
		if (result < 0 && result !== -errno.ENOENT) return result;
		const concealed =
			this.concealedAt(text) ?? (result < 0 ? undefined : this.#concealedFile(text, stat, bytes));
		if (concealed === undefined) return result;
		this.concealed = concealed;
		return -errno.ENOENT;
	}

	readlinkComponent(path: Buffer, length: number, to: Buffer, toLength: number): number {
		return this.#inner.readlinkComponent(path, length, to, toLength);
	}

	isVisible(path: Buffer): boolean {
		return this.#inner.isVisible(path);
	}

	/** A directory leads to what lies beneath; any other file is judged for itself. */
	#concealedFile(path: ByteString, stat: StatBuffer, bytes: Buffer): Concealed | undefined {
		if (stat.type === FileType.DIRECTORY) return undefined;
		const { rules } = this.#judge;
		const rule = rules.at(path);
		const right = rules.right(rule);
		if (right !== "hidden" && (right !== "drop" || this.#isOwn(bytes))) return undefined;
		return { path, rule };
	}

	#isOwn(path: Buffer): boolean {
		const target = this.#target;
		if (this.#inner.find(path, LOOK_AT_LINK, target) < 0) return false;
		const isOwn = this.#judge.created.has(target.directory);
		target.release();
		return isOwn;
	}
}
