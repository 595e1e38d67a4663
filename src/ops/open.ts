/*
 * OPEN (draft-ietf-secsh-filexfer-02 §6.3). In read-only mode it is judged by
 * its flags, after they are known and logged, and not by its name.
 */
import { open as opened, openReceived } from "../log/events/files.ts";
import { errno } from "../posix/errno.ts";
import { open } from "../posix/files.ts";
import { appends, mayChange, openFlags, writable } from "../posix/open-flags.ts";
import { FX, FXP } from "../wire/constants.ts";
import { status } from "../wire/replies.ts";
import { readLoggedAttrs } from "./attrs.ts";
import { failure, operation } from "./operation.ts";

const DEFAULT_MODE = 0o666;

/*
 * string path
 * uint32 pflags
 * attributes     only permissions are looked at
 */
export const openOperation = operation({
	name: "open",
	wire: { type: FXP.OPEN },
	writes: false,
	functionName: "process_open",
	decode(reader, session) {
		reader.skipPath();
		const { bytes, stringStart: start, stringLength: length } = reader;
		return { bytes, start, length, pflags: reader.uint32(), attrs: readLoggedAttrs(reader, session) };
	},
	run({ bytes, start, length, pflags, attrs }, session) {
		const { log } = session;
		const flags = openFlags(pflags);
		const mode = attrs.permissions ?? DEFAULT_MODE;
		log.log(openReceived, session.requestId, pflags);
		const path = Buffer.from(bytes.subarray(start, start + length));
		log.log(opened, path, pflags, mode);
		const changes = mayChange(flags);
		if (changes && session.policy.refusesChange()) return status(FX.PERMISSION_DENIED);
		if (session.handles.full) return failure(errno.EMFILE);
		if (changes) session.data.settle();
		const fd = open(bytes, start, length, flags, mode);
		if (fd < 0) return failure(-fd);
		const handle = session.handles.add({
			kind: "file",
			path,
			fd,
			openedAtMs: Date.now(),
			writable: writable(flags),
			appends: appends(flags),
			bytesRead: 0,
			bytesWritten: 0,
			spliceable: true,
			readInFull: false,
		});
		return { kind: "handle", handle };
	},
});
