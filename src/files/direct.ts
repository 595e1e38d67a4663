/* The namespace of a session that is not confined: the system's own. */
import { constants } from "node:fs";
import { AT_FDCWD, addon } from "../posix/addon.ts";
import { errno } from "../posix/errno.ts";
import { fast } from "../posix/fast-calls.ts";
import { O_PATH, RESOLVE_NO_SYMLINKS } from "../posix/openat2.ts";
import type { StatBuffer } from "../posix/stat.ts";
import { openPastLease } from "./lease.ts";
import type { Intent, Namespace, Opened, Target } from "./namespace.ts";

const OPENDIR_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_DIRECTORY;

export class DirectNamespace implements Namespace {
	readonly verbatim = true;

	find(path: Buffer, _intent: Intent, target: Target): number {
		target.setPath(path);
		return 0;
	}

	findName(path: Buffer, target: Target): number {
		target.setPath(path);
		return 0;
	}

	stat(input: Buffer, start: number, length: number, follow: boolean, words: Uint32Array): number {
		return fast.stat(input, start, length, follow, words);
	}

	open(input: Buffer, start: number, length: number, flags: number, mode: number, opened: Opened): number {
		opened.changeable = true;
		const result = fast.openWithoutWaiting(input, start, length, flags, mode);
		if (result !== -errno.EAGAIN) return result;
		return openPastLease(() => fast.openWithoutWaiting(input, start, length, flags, mode));
	}

	openDirectory(path: Buffer): number {
		return addon.openAt(AT_FDCWD, path, 0, path.length, OPENDIR_FLAGS, 0);
	}

	workingDirectory(to: Buffer): number {
		return addon.getcwd(to, 0, to.length);
	}

	changeDirectory(path: Buffer): number {
		return addon.chdir(path, 0, path.length);
	}

	hasNoLinks(path: Buffer): boolean {
		const fd = addon.openat2(AT_FDCWD, path, 0, path.length, O_PATH, 0, RESOLVE_NO_SYMLINKS);
		if (fd < 0) return false;
		addon.close(fd);
		return true;
	}

	lstatComponent(path: Buffer, length: number, stat: StatBuffer): number {
		return addon.statAt(AT_FDCWD, path, 0, length, 0, stat.words);
	}

	readlinkComponent(path: Buffer, length: number, to: Buffer, toLength: number): number {
		return addon.readlinkAt(AT_FDCWD, path, 0, length, to, 0, toLength);
	}

	isVisible(): boolean {
		return true;
	}

	shown(path: Buffer): Buffer {
		return path;
	}
}
