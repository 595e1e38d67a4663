/* Resolves paths in the whole system. */
import { AT_FDCWD, addon } from "../posix/addon.ts";
import { fast } from "../posix/fast-calls.ts";
import { O_PATH, RESOLVE_NO_SYMLINKS } from "../posix/openat2.ts";
import { modeFor, type Resolver } from "./resolver.ts";

export class SystemResolver implements Resolver {
	open(path: Buffer, flags: number, mode = 0): number {
		return addon.openat2(AT_FDCWD, path, 0, path.length, flags, modeFor(flags, mode), 0);
	}

	openFile(input: Buffer, start: number, length: number, flags: number, mode: number): number {
		return fast.openWithoutWaiting(input, start, length, flags, mode);
	}

	stat(input: Buffer, start: number, length: number, follow: boolean, words: Uint32Array): number {
		return fast.stat(input, start, length, follow, words);
	}

	hasNoLinks(path: Buffer): boolean {
		const fd = addon.openat2(AT_FDCWD, path, 0, path.length, O_PATH, 0, RESOLVE_NO_SYMLINKS);
		if (fd < 0) return false;
		addon.close(fd);
		return true;
	}

	workingDirectory(to: Buffer): number {
		return addon.getcwd(to, 0, to.length);
	}

	enter(directory: number): number {
		return addon.fchdir(directory);
	}

	shown(path: Buffer): Buffer {
		return path;
	}
}
