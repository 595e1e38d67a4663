/*
 * RENAME (draft-ietf-secsh-filexfer-02 §6.5), which never replaces an existing file. For
 * regular files there is no race: the file is linked to the new name, which fails if the
 * name is taken, then unlinked from the old one.
 */
import type { Files } from "../files/files.ts";
import { rename as renameEvent, renameReceived } from "../log/events/paths.ts";
import { errno } from "../posix/errno.ts";
import { FileType, StatBuffer } from "../posix/stat.ts";
import { FX, FXP } from "../wire/constants.ts";
import { type Reply, status } from "../wire/replies.ts";
import { operation } from "./operation.ts";
import { failure, replyTo } from "./status.ts";

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
		const { files, log } = session;
		log.log(renameReceived, session.requestId);
		log.log(renameEvent, oldPath, newPath);
		const stat = new StatBuffer();
		const found = files.lookUp(oldPath, false, stat);
		if (found < 0) return failure(-found);
		const renamed = files.names.renameToFree(oldPath, newPath);
		if (renamed !== undefined) return replyTo(renamed);
		return stat.type === FileType.REGULAR
			? renameFile(oldPath, newPath, files)
			: renameIfFree(oldPath, newPath, files);
	},
});

function renameFile(oldPath: Buffer, newPath: Buffer, files: Files): Reply {
	const linked = files.names.link(oldPath, newPath);
	if (linked < 0) return lacksHardLinks(-linked) ? renameIfFree(oldPath, newPath, files) : failure(-linked);
	const unlinked = files.names.unlink(oldPath);
	if (unlinked >= 0) return replyTo(unlinked);
	files.names.unlink(newPath);
	return failure(-unlinked);
}

/**
 * Errors of a file system without hard links. fs.protected_hardlinks answers EPERM
 * too (OpenSSH portable's LINK_OPNOTSUPP_ERRNO).
 */
function lacksHardLinks(number: number): boolean {
	return (
		number === errno.EOPNOTSUPP || number === errno.ENOSYS || number === errno.EXDEV || number === errno.EPERM
	);
}

/** Checks the new name and then renames, with a race in between, as in OpenSSH. A dangling link counts as free. */
function renameIfFree(oldPath: Buffer, newPath: Buffer, files: Files): Reply {
	if (files.lookUp(newPath, true, new StatBuffer()) >= 0) return status(FX.FAILURE);
	return replyTo(files.names.rename(oldPath, newPath));
}
