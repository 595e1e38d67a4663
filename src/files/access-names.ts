/*
 * Creates, renames and removes names under the rules of Access. Creating never replaces
 * anything. Renaming and linking never gain rights: a file that may be renamed may be
 * changed anyway, but a directory's contents may not.
 *
 * Linux removes and renames names, not descriptors, so another process can replace the
 * file between the check and the call; SECURITY.md says what follows from that.
 */
import { addon } from "../posix/addon.ts";
import { errno } from "../posix/errno.ts";
import { StatBuffer, StatWord } from "../posix/stat.ts";
import type { AccessFinder, JudgedName } from "./access-finder.ts";
import type { AccessJudge, JudgedFile } from "./access-judge.ts";
import { isChangeable, isCreatable, isSeen, isWithin } from "./access-rights.ts";
import { type NameChanges, Target } from "./namespace.ts";
import type { NewFiles } from "./new-files.ts";

/** What happens to an existing file at the new name. */
type IfTaken = "replace" | "fail";

export class AccessNames implements NameChanges {
	readonly #finder: AccessFinder;
	readonly #judge: AccessJudge;
	readonly #newFiles: NewFiles;
	readonly #from = new Target();
	readonly #to = new Target();
	readonly #stat = new StatBuffer();

	constructor(finder: AccessFinder, judge: AccessJudge, newFiles: NewFiles) {
		this.#finder = finder;
		this.#judge = judge;
		this.#newFiles = newFiles;
	}

	mkdir(path: Buffer, mode: number): number {
		return this.#make(path, (target) => this.#newFiles.mkdir(target, mode));
	}

	symlink(text: Buffer, path: Buffer): number {
		return this.#make(path, (target) => this.#newFiles.symlink(text, target));
	}

	unlink(path: Buffer): number {
		return this.#remove(path, 0);
	}

	rmdir(path: Buffer): number {
		return this.#remove(path, 1);
	}

	link(from: Buffer, to: Buffer): number {
		const old = this.#from;
		const file = this.#finder.file(from, false, old);
		if (typeof file === "number") return file;
		const result = old.readOnly ? -errno.EACCES : this.#linkTo(file, to);
		old.release();
		return result;
	}

	rename(from: Buffer, to: Buffer): number {
		return this.#move(from, to, "replace");
	}

	renameToFree(from: Buffer, to: Buffer): number {
		return this.#move(from, to, "fail");
	}

	#make(path: Buffer, call: (target: Target) => number): number {
		const target = this.#to;
		const at = this.#finder.name(path, true, target);
		if (typeof at === "number") return at;
		const permitted = this.#finder.mayCreate(at, target);
		const result = permitted < 0 ? permitted : call(target);
		if (result >= 0) this.#judge.note(at.path, at.right, target.directory, at.name);
		target.release();
		return result;
	}

	#remove(path: Buffer, isDirectory: 0 | 1): number {
		const target = this.#from;
		const at = this.#finder.name(path, false, target);
		if (typeof at === "number") return at;
		const result = this.#removeAt(at, target, isDirectory);
		target.release();
		return result;
	}

	#removeAt(at: JudgedName, target: Target, isDirectory: 0 | 1): number {
		const { directory, path: name } = target;
		const call = (): number => addon.unlinkAt(directory, name, 0, name.length, isDirectory);
		if (at.isFixed) return target.isTop && isDirectory === 1 ? -errno.EBUSY : call();
		const file = this.#removable(at, target);
		if (typeof file === "number") return file;
		const result = this.#forgetRemoved(file, call());
		addon.close(file.fd);
		return result;
	}

	#linkTo(file: JudgedFile, to: Buffer): number {
		const permitted = this.#judge.permit(file, isChangeable);
		if (permitted < 0) return permitted;
		const target = this.#to;
		const at = this.#finder.name(to, true, target);
		if (typeof at === "number") return at;
		let result = this.#finder.mayCreate(at, target);
		/* The file keeps its first name, so the second must not gain rights. */
		if (result >= 0 && !at.isFixed && !isWithin(at.right, file.right))
			result = this.#judge.refuse(at.path, at.rule);
		if (result >= 0) result = this.#linkDescriptor(file.fd, target);
		target.release();
		return result;
	}

	#linkDescriptor(fd: number, { directory, path }: Target): number {
		const link = Buffer.from(String(fd));
		return addon.linkFollowingAt(
			this.#judge.locator.links,
			link,
			0,
			link.length,
			directory,
			path,
			0,
			path.length,
		);
	}

	#move(from: Buffer, to: Buffer, ifTaken: IfTaken): number {
		const old = this.#from;
		const next = this.#to;
		const oldName = this.#finder.name(from, false, old);
		if (typeof oldName === "number") return oldName;
		const file = this.#removable(oldName, old);
		const newName = this.#finder.name(to, true, next);
		let result: number;
		if (typeof newName === "number") result = typeof file === "number" && !oldName.isFixed ? file : newName;
		else {
			/* The system rejects `.` and `..` before it looks up the file. */
			if (oldName.isFixed || newName.isFixed) result = rename(old, next);
			else result = typeof file === "number" ? file : this.#moveFile(file, newName, ifTaken);
			next.release();
		}
		if (typeof file !== "number") addon.close(file.fd);
		old.release();
		return result;
	}

	/** Renames #from to #to. */
	#moveFile(file: JudgedFile, to: JudgedName, ifTaken: IfTaken): number {
		if (file.isDirectory) {
			const permitted = this.#permitMove(file, to);
			if (permitted < 0) return permitted;
		} else if (!isWithin(to.right, file.right) && this.#hasOtherNames(file))
			return this.#judge.refuse(to.path, to.rule);
		const taken = this.#finder.existing(to, this.#to);
		if (taken === -errno.ENOENT) {
			const room = this.#finder.mayCreate(to, this.#to);
			return room < 0 ? room : this.#renameToFree(file, to);
		}
		if (typeof taken === "number") return taken;
		const result =
			ifTaken === "replace"
				? this.#replace(taken, to)
				: isSeen(taken.right, taken) && isCreatable(to.right)
					? -errno.EEXIST
					: this.#judge.refuse(to.path, to.rule);
		addon.close(taken.fd);
		return result;
	}

	#replace(taken: JudgedFile, to: JudgedName): number {
		if (!isChangeable(taken.right, taken) || this.#isNeededByRules(taken))
			return this.#judge.refuse(to.path, to.rule);
		return this.#forgetRemoved(taken, rename(this.#from, this.#to));
	}

	#renameToFree(file: JudgedFile, to: JudgedName): number {
		const from = this.#from;
		const next = this.#to;
		const args = [from.directory, from.path, 0, from.path.length] as const;
		const toArgs = [next.directory, next.path, 0, next.path.length] as const;
		const result = addon.renameToFreeAt(...args, ...toArgs);
		if (result === -errno.EEXIST) return this.#judge.refuse(to.path, to.rule);
		if (result !== -errno.EINVAL) return result;
		/* EINVAL also means that a directory is renamed into itself. */
		if (file.isDirectory) return rename(from, next);
		const linked = this.#linkDescriptor(file.fd, next);
		return linked < 0 ? linked : addon.unlinkAt(from.directory, from.path, 0, from.path.length, 0);
	}

	/** 0 if the rules permit moving a directory with its contents; otherwise -EACCES. */
	#permitMove(file: JudgedFile, to: JudgedName): number {
		const { rules } = this.#judge;
		if (rules.namesBeneath(file.path)) return this.#judge.refuse(file.path, file.rule);
		return rules.namesBeneath(to.path) || !rules.keepsRights(file.rule, to.rule)
			? this.#judge.refuse(to.path, to.rule)
			: 0;
	}

	/** Whether the file has other names; then renaming it follows the rule for links. */
	#hasOtherNames(file: JudgedFile): boolean {
		const links = addon.fstat(file.fd, this.#stat.words) < 0 ? undefined : this.#stat.words[StatWord.NLINK];
		return links !== 1;
	}

	/** Whether a directory must stay: the session did not create it, and a rule names something beneath it. */
	#isNeededByRules(file: JudgedFile): boolean {
		return file.isDirectory && this.#judge.rules.namesBeneath(file.path) && !file.isOwn();
	}

	/** The file of a name that may be removed or renamed, or -errno. The caller closes its descriptor. */
	#removable(at: JudgedName, target: Target): JudgedFile | number {
		if (at.isFixed) return -errno.EINVAL;
		/* Files at a hidden location are not looked up. */
		if (at.right === "hidden") return this.#judge.conceal(at.path, at.rule);
		const file = this.#finder.existing(at, target);
		if (typeof file === "number") return file;
		let permitted = this.#judge.permit(file, isChangeable);
		if (permitted >= 0 && this.#isNeededByRules(file)) permitted = this.#judge.refuse(file.path, file.rule);
		if (permitted >= 0) return file;
		addon.close(file.fd);
		return permitted;
	}

	/** Forgets a created file that has lost its last name; returns `result`. */
	#forgetRemoved(file: JudgedFile, result: number): number {
		if (result < 0 || addon.fstat(file.fd, this.#stat.words) < 0) return result;
		if (file.isDirectory || this.#stat.words[StatWord.NLINK] === 0) this.#judge.created.delete(file.fd);
		return result;
	}
}

function rename(from: Target, to: Target): number {
	return addon.renameAt(
		from.directory,
		from.path,
		0,
		from.path.length,
		to.directory,
		to.path,
		0,
		to.path.length,
	);
}
