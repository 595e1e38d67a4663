/*
 * Resolves paths in a directory that appears as "/", as in a chroot. The kernel does
 * it, by openat2(2) with RESOLVE_IN_ROOT from the directory's descriptor: absolute
 * paths, absolute links and `..` stay inside, even during renames.
 *
 * The working directory is the process's own, so the kernel follows it when it is
 * moved. A relative path is resolved from the root by way of the working directory's
 * present path, so it can't start in one that was moved out of the root.
 *
 * Unlike in a chroot, magic links and everything else in a procfs are refused: they
 * show and change the process itself.
 */
import { constants } from "node:fs";
import { AT_FDCWD, addon } from "../posix/addon.ts";
import { asByteString, fromBytes, toBytes } from "../posix/byte-string.ts";
import { errno } from "../posix/errno.ts";
import { fast } from "../posix/fast-calls.ts";
import { PATH_MAX } from "../posix/limits.ts";
import {
	O_PATH,
	O_PATH_DIRECTORY,
	O_PATH_NOFOLLOW,
	RESOLVE_BENEATH,
	RESOLVE_IN_ROOT,
	RESOLVE_NO_MAGICLINKS,
	RESOLVE_NO_SYMLINKS,
} from "../posix/openat2.ts";
import { DOT, HERE, SLASH, TOP } from "../posix/path.ts";
import { isInProcfs } from "../posix/procfs.ts";
import { FileType, StatBuffer, StatWord } from "../posix/stat.ts";
import { LastDirectory } from "./last-directory.ts";
import { modeFor, type Resolver } from "./resolver.ts";
import type { RootDirectory } from "./root-directory.ts";

const IN_ROOT = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
const BENEATH = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;

/**
 * How often a path with `..` is tried again when a directory anywhere in the system was
 * renamed during the walk. A path of 4,095 bytes of `../` takes some 50 microseconds.
 */
const ATTEMPTS_MAX = 1000;

const ABOVE = Buffer.from("..");

export class RootResolver implements Resolver {
	readonly #root: RootDirectory;
	/** Whether the working directory is the root itself. */
	#atTop = false;
	readonly #lastDirectory = new LastDirectory((path) => this.open(path, O_PATH_DIRECTORY));
	/* Scratch space, valid within one call only. */
	readonly #path = Buffer.allocUnsafeSlow(PATH_MAX);
	readonly #stat = new StatBuffer();
	/** The device of the file system last found not to be a procfs. */
	#deviceHigh = -1;
	#deviceLow = -1;

	/** The session starts in the process's working directory if that is in the root, otherwise in the root. */
	constructor(root: RootDirectory) {
		this.#root = root;
		const here = addon.openat2(AT_FDCWD, HERE, 0, HERE.length, O_PATH_DIRECTORY, 0, 0);
		const entered = here < 0 || root.pathOfWorkingDirectory(this.#path) < 0 ? -1 : this.enter(here);
		if (entered < 0) this.enter(root.fd);
		if (here >= 0) addon.close(here);
	}

	open(path: Buffer, flags: number, mode = 0): number {
		if (path.length === 0) return -errno.ENOENT;
		if (path.length >= PATH_MAX) return -errno.ENAMETOOLONG;
		const fromRoot = path[0] === SLASH || this.#atTop ? path : this.#fromRoot(path);
		const fd =
			typeof fromRoot !== "number"
				? this.#openIn(this.#root.fd, fromRoot, flags, mode, IN_ROOT)
				: fromRoot === -errno.ENOENT
					? this.#openFromRemoved(path, flags, mode)
					: fromRoot;
		return fd < 0 ? fd : this.#unlessProc(fd);
	}

	openFile(input: Buffer, start: number, length: number, flags: number, mode: number): number {
		if (length > 0 && (input[start] === SLASH || this.#atTop)) {
			const { words } = this.#stat;
			const openMode = modeFor(flags, mode);
			const fd = fast.openBeneath(this.#root.fd, input, start, length, flags, openMode, IN_ROOT, words);
			if (fd >= 0 && !this.#isKnownDevice(words)) return this.#unlessProc(fd);
			/* A lease, or a walk to repeat: the slow path below distinguishes them. */
			if (fd !== -errno.EAGAIN) return fd;
		}
		const path = input.subarray(start, start + length);
		const fd = this.open(path, flags | constants.O_NONBLOCK | constants.O_NOCTTY, mode);
		/* Like the addon's open_now: regular files become blocking again. */
		if (fd >= 0 && addon.descriptorType(fd) === FileType.REGULAR) addon.setNonBlocking(fd, 0);
		return fd;
	}

	stat(input: Buffer, start: number, length: number, follow: boolean, words: Uint32Array): number {
		if (length > 0 && (input[start] === SLASH || this.#atTop)) {
			const known = this.#lastDirectory.stat(input, start, length, follow, words);
			if (known !== undefined && (known < 0 || this.#isKnownDevice(words))) return known;
			const result = fast.statBeneath(this.#root.fd, input, start, length, follow, IN_ROOT, words);
			if (result < 0 && result !== -errno.EAGAIN) return result;
			if (result >= 0 && this.#isKnownDevice(words)) return result;
		}
		const flags = follow ? O_PATH : O_PATH_NOFOLLOW;
		const fd = this.open(input.subarray(start, start + length), flags);
		if (fd < 0) return fd;
		const result = addon.fstat(fd, words);
		addon.close(fd);
		return result;
	}

	forgetDirectories(): void {
		this.#lastDirectory.forget();
	}

	hasNoLinks(path: Buffer): boolean {
		const fd = this.#openIn(this.#root.fd, path, O_PATH, 0, IN_ROOT | RESOLVE_NO_SYMLINKS);
		if (fd < 0) return false;
		const isAllowed = !this.#isProc(fd);
		addon.close(fd);
		return isAllowed;
	}

	workingDirectory(to: Buffer): number {
		if (!this.#atTop) return this.#root.pathOfWorkingDirectory(to);
		return TOP.copy(to);
	}

	enter(directory: number): number {
		const result = addon.fchdir(directory);
		if (result >= 0) this.#atTop = this.#root.isSame(directory);
		return result;
	}

	shown(path: Buffer): Buffer {
		return this.#root.shown(path);
	}

	/** Converts a relative path to one from the root; returns -errno on failure. */
	#fromRoot(path: Buffer): Buffer | number {
		const length = this.#root.pathOfWorkingDirectory(this.#path);
		if (length < 0) return length;
		const whole = Buffer.concat([this.#path.subarray(0, length), TOP, path]);
		if (whole.length < PATH_MAX) return whole;
		const shorter = withoutEmptySteps(whole);
		return shorter.length >= PATH_MAX ? -errno.ENAMETOOLONG : shorter;
	}

	#openIn(directory: number, path: Buffer, flags: number, mode: number, resolve: number): number {
		const call = (callFlags: number, callMode: number) =>
			addon.openat2(directory, path, 0, path.length, callFlags, modeFor(callFlags, callMode), resolve);
		for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
			const result = call(flags, mode);
			if (result !== -errno.EAGAIN) return result;
		}
		/* A lease causes the same error with O_NONBLOCK, but not with O_PATH. */
		const fd = call(O_PATH, 0);
		if (fd >= 0) addon.close(fd);
		return fd === -errno.EAGAIN ? -errno.EACCES : -errno.EAGAIN;
	}

	/**
	 * As in a chroot, a removed working directory can still be opened as `.`, and its
	 * parent, which may be removed too, as `..`; nothing else can be in it.
	 */
	#openFromRemoved(path: Buffer, flags: number, mode: number): number {
		const here = addon.openat2(AT_FDCWD, HERE, 0, HERE.length, O_PATH_DIRECTORY, 0, 0);
		if (here < 0) return here;
		const fd = this.#openSteppingUp(path, flags, mode);
		addon.fchdir(here);
		addon.close(here);
		return fd;
	}

	/** Changes the working directory. */
	#openSteppingUp(path: Buffer, flags: number, mode: number): number {
		for (let rest = path; ; ) {
			const fromRoot = this.#fromRoot(rest);
			if (typeof fromRoot !== "number") return this.#openIn(this.#root.fd, fromRoot, flags, mode, IN_ROOT);
			if (!this.#isWorkingDirectoryRemoved()) return fromRoot;
			const fd = this.#openIn(AT_FDCWD, rest, flags, mode, BENEATH);
			if (fd !== -errno.EXDEV) return fd;
			const at = stepUp(rest);
			if (at === undefined || addon.chdir(ABOVE, 0, ABOVE.length) < 0) return -errno.ENOENT;
			rest = Buffer.concat([HERE, rest.subarray(at)]);
		}
	}

	#isWorkingDirectoryRemoved(): boolean {
		const { words } = this.#stat;
		return addon.statAt(AT_FDCWD, HERE, 0, HERE.length, 1, words) >= 0 && words[StatWord.NLINK] === 0;
	}

	/** Returns the descriptor, or closes it and returns -EACCES. */
	#unlessProc(fd: number): number {
		if (!this.#isProc(fd)) return fd;
		addon.close(fd);
		return -errno.EACCES;
	}

	#isProc(fd: number): boolean {
		const { words } = this.#stat;
		if (addon.fstat(fd, words) >= 0 && this.#isKnownDevice(words)) return false;
		if (isInProcfs(fd)) return true;
		this.#deviceHigh = words[StatWord.DEV_HIGH] ?? -1;
		this.#deviceLow = words[StatWord.DEV_LOW] ?? -1;
		return false;
	}

	#isKnownDevice(words: Uint32Array): boolean {
		return words[StatWord.DEV_LOW] === this.#deviceLow && words[StatWord.DEV_HIGH] === this.#deviceHigh;
	}
}

/** Removes `.` and repeated slashes before names, where they make no difference. */
function withoutEmptySteps(path: Buffer): Buffer {
	const components = fromBytes(path).split("/");
	const last = components.findLastIndex((component) => component !== "");
	const kept = components.filter((one, i) => i === 0 || i >= last || (one !== "" && one !== "."));
	return toBytes(asByteString(kept.join("/")));
}

/** The offset after an initial `..`; undefined if the path begins with anything else. */
function stepUp(path: Buffer): number | undefined {
	let at = 0;
	while (path[at] === SLASH || (path[at] === DOT && (path[at + 1] === SLASH || at + 1 === path.length))) at++;
	if (path[at] !== DOT || path[at + 1] !== DOT) return undefined;
	return at + 2 === path.length || path[at + 2] === SLASH ? at + 2 : undefined;
}
