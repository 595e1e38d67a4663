/* OPENDIR and READDIR (draft-ietf-secsh-filexfer-02 §6.7). */
import { opendir, opendirReceived, readdir } from "../log/events/paths.ts";
import { DirectoryReader } from "../posix/directory.ts";
import { errno } from "../posix/errno.ts";
import { openDirectory } from "../posix/files.ts";
import { secondsNow } from "../posix/local-date.ts";
import type { DirHandle } from "../session/handles.ts";
import type { Session } from "../session/session.ts";
import { FX, FXP } from "../wire/constants.ts";
import { END_OF_FILE, type NameEntry, type Reply, status } from "../wire/replies.ts";
import type { PacketWriter } from "../wire/writer.ts";
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
		return count === 0 ? END_OF_FILE : names(handle, count, session);
	},
});

/** The entries that were read, each written from the same object. */
function names({ reader }: DirHandle, count: number, session: Session): Reply {
	const { longnames } = session;
	const { record } = reader;
	const nowSeconds = secondsNow();
	const listed = {
		words: record.words,
		at: 0,
		writeLine(writer: PacketWriter, nameAt: number): void {
			longnames.write(writer, record.words, record.at, nameAt, record.length);
		},
	};
	const entry: NameEntry = { name: record, listed };
	return {
		kind: "names",
		count,
		entry(index) {
			if (index > 0) reader.next();
			else {
				/* A reply that has to be written elsewhere is written again, from its start. */
				reader.first();
				longnames.begin(nowSeconds);
			}
			listed.at = record.at;
			return entry;
		},
	};
}
