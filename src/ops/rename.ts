/*
 * RENAME (draft-ietf-secsh-filexfer-02 §6.5), which never replaces what exists.
 * For a regular file that holds without a race: it is linked to the new name,
 * which fails if that is taken, then unlinked from the old one.
 */
import { rename as renameEvent, renameReceived } from "../log/events/paths.ts";
import { registers } from "../posix/addon.ts";
import { errno } from "../posix/errno.ts";
import { link, lstat, rename, stat, unlink } from "../posix/files.ts";
import { FileType, StatWord } from "../posix/stat.ts";
import { FX, FXP } from "../wire/constants.ts";
import { type Reply, status } from "../wire/replies.ts";
import { failure, operation, replyTo } from "./operation.ts";

/*
 * string old path
 * string new path
 */
export const renameOperation = operation({
	name: "rename",
	wire: { type: FXP.RENAME },
	writes: true,
	functionName: "process_rename",
	decode: (reader) => ({ oldPath: reader.path(), newPath: reader.path() }),
	run({ oldPath, newPath }, session) {
		session.log.log(renameReceived, session.requestId);
		session.log.log(renameEvent, oldPath, newPath);
		const found = lstat(oldPath, 0, oldPath.length);
		if (found < 0) return failure(-found);
		const type = (registers[StatWord.MODE] ?? 0) & FileType.MASK;
		return type === FileType.REGULAR ? renameFile(oldPath, newPath) : renameIfFree(oldPath, newPath);
	},
});

function renameFile(oldPath: Buffer, newPath: Buffer): Reply {
	const linked = link(oldPath, newPath);
	if (linked < 0) return noHardLinks(-linked) ? renameIfFree(oldPath, newPath) : failure(-linked);
	const unlinked = unlink(oldPath);
	if (unlinked >= 0) return replyTo(unlinked);
	unlink(newPath);
	return failure(-unlinked);
}

/**
 * Errors by which a file system says that it has no hard links. EPERM is also
 * what fs.protected_hardlinks answers (OpenSSH portable's LINK_OPNOTSUPP_ERRNO).
 */
function noHardLinks(number: number): boolean {
	return (
		number === errno.EOPNOTSUPP || number === errno.ENOSYS || number === errno.EXDEV || number === errno.EPERM
	);
}

/** With a gap between looking and renaming, as in OpenSSH. A dangling link counts as free. */
function renameIfFree(oldPath: Buffer, newPath: Buffer): Reply {
	if (stat(newPath, 0, newPath.length) >= 0) return status(FX.FAILURE);
	return replyTo(rename(oldPath, newPath));
}
