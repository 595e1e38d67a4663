/* OPENDIR and READDIR (draft-ietf-secsh-filexfer-02 §6.7). */
import { opendir, opendirReceived, readdir } from "../log/events/paths.ts";
import { DirectoryReader, records } from "../posix/directory.ts";
import { errno } from "../posix/errno.ts";
import { openDirectory } from "../posix/files.ts";
import { secondsNow } from "../posix/local-date.ts";
import { FX, FXP } from "../wire/constants.ts";
import { END_OF_FILE, status } from "../wire/replies.ts";
import { writeListing } from "./listing.ts";
import { failure, operation } from "./operation.ts";

/* string path */
export const opendirOperation = operation({
	name: "opendir",
	wire: { type: FXP.OPENDIR },
	writes: false,
	functionName: "process_opendir",
	decode: (reader) => reader.path(),
	run(path, session) {
		session.log.log(opendirReceived, session.requestId);
		session.log.log(opendir, path);
		if (session.handles.full) return failure(errno.EMFILE);
		const fd = openDirectory(path);
		if (fd < 0) return failure(-fd);
		const copy = Buffer.from(path);
		const handle = session.handles.add({
			kind: "directory",
			path: copy,
			fd,
			openedAtMs: Date.now(),
			reader: new DirectoryReader(fd, copy),
		});
		return { kind: "handle", handle };
	},
});

/* string handle */
export const readdirOperation = operation({
	name: "readdir",
	wire: { type: FXP.READDIR },
	writes: false,
	functionName: "process_readdir",
	decode: (reader) => reader.handle(),
	run(number, session) {
		const handle = session.handles.get(number);
		session.log.log(readdir, session.requestId, handle?.path, handle === undefined ? -1 : number);
		if (handle?.kind !== "directory") return status(FX.FAILURE);
		const count = handle.reader.read();
		/* What can't be read any further looks like the end, as with readdir(3). */
		if (count === 0) return END_OF_FILE;
		const nowSeconds = secondsNow();
		return {
			kind: "names",
			count,
			write: (writer) => writeListing(writer, records, count, session.longnames, nowSeconds),
		};
	},
});
