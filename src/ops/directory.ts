/* OPENDIR and READDIR (draft-ietf-secsh-filexfer-02 §6.7). */
import { opendir, opendirReceived, readdir } from "../log/events/paths.ts";
import { errno } from "../posix/errno.ts";
import { secondsNow } from "../posix/local-date.ts";
import { FX, FXP } from "../wire/constants.ts";
import { END_OF_FILE, status } from "../wire/replies.ts";
import { writeListing } from "./listing.ts";
import { operation } from "./operation.ts";
import { showOwnerInRecords } from "./shown-owner.ts";
import { failure } from "./status.ts";

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
		const opened = session.files.openDirectory(path);
		if (typeof opened === "number") return failure(-opened);
		return { kind: "handle", handle: session.handles.add(opened) };
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
		const { handles, log, longnames, records, rules } = session;
		const handle = handles.get(number);
		log.log(readdir, session.requestId, handle?.path, handle === undefined ? -1 : number);
		if (handle?.kind !== "directory") return status(FX.FAILURE);
		const count = handle.read(records);
		if (count < 0) return failure(-count);
		/* An error looks like the end, as with readdir(3). */
		if (count === 0) return END_OF_FILE;
		if (rules.shownOwner !== undefined) showOwnerInRecords(records, count, rules.shownOwner);
		const nowSeconds = secondsNow();
		return {
			kind: "names",
			count,
			write: (writer) => writeListing(writer, records, count, longnames, nowSeconds),
		};
	},
});
