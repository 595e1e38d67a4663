/*
 * Resolves paths under rules that conceal files. A concealed file appears to be missing
 * at the end of a path and also within it, where a link or `..` could reveal it.
 */
import { type ByteString, fromBytes } from "../posix/byte-string.ts";
import { errno } from "../posix/errno.ts";
import { FileType, type StatBuffer } from "../posix/stat.ts";
import type { AccessJudge } from "./access-judge.ts";
import { kernelPath } from "./kernel-path.ts";
import { LOOK_AT_LINK, type Namespace, type PathWalk, Target } from "./namespace.ts";
import { Realpath } from "./realpath.ts";

/** Something concealed in a path. */
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
	/** The first concealed component in the last `resolve`. */
	concealed: Concealed | undefined;

	constructor(inner: Namespace, judge: AccessJudge) {
		this.#inner = inner;
		this.#judge = judge;
		this.#realpath = new Realpath(this);
	}

	/** As kernelPath: the path without links, or -errno. The last component need not exist. */
	resolve(path: ByteString, follow: boolean, creates = false): ByteString | number {
		this.concealed = undefined;
		return kernelPath(this.#realpath, path, follow, creates);
	}

	/** What conceals a directory, if anything. A hidden directory is not concealed if a rule may show something beneath it. */
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
		/* Errors other than ENOENT come from the directory and do not depend on the name. */
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

	/** A directory is never concealed here, since something beneath it may be visible. */
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
