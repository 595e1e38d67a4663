/*
 * OPEN (draft-ietf-secsh-filexfer-02 §6.3). In read-only mode its flags decide whether
 * it is refused, after they were logged.
 */
import { mayChange, openFlags } from "../files/open-flags.ts";
import { open as opened, openReceived } from "../log/events/files.ts";
import { refusedReadOnly } from "../log/events/session.ts";
import { errno } from "../posix/errno.ts";
import { FX, FXP } from "../wire/constants.ts";
import { status } from "../wire/replies.ts";
import { readLoggedAttrs } from "./attrs.ts";
import { operation } from "./operation.ts";
import { failure } from "./status.ts";

/*
 * string path
 * uint32 pflags
 * attributes     only permissions are used
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
		const { files, handles, log, policy, rules } = session;
		const flags = openFlags(pflags);
		const mode = rules.fileMode(attrs);
		log.log(openReceived, session.requestId, pflags);
		log.log(opened, bytes.subarray(start, start + length), pflags, mode);
		if (policy.readOnly && mayChange(flags)) {
			log.log(refusedReadOnly, "open");
			return status(FX.PERMISSION_DENIED);
		}
		if (handles.full) return failure(errno.EMFILE);
		const file = files.open(bytes, start, length, flags, mode);
		if (typeof file === "number") return failure(-file);
		return { kind: "handle", handle: handles.add(file) };
	},
});
