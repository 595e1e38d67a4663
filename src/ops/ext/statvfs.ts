/*
 * statvfs@openssh.com and fstatvfs@openssh.com (OpenSSH PROTOCOL §4.4): the eleven
 * fields of POSIX's struct statvfs, with two of the mount flags.
 */
import { fstatvfs, statvfsReceived, statvfs as statvfsSeen } from "../../log/events/paths.ts";
import { FX } from "../../wire/constants.ts";
import { type Reply, status } from "../../wire/replies.ts";
import { operation } from "../operation.ts";
import { failure } from "../status.ts";

const FIELDS = 11;
/** The size of the reply: eleven uint64. */
const PAYLOAD_BYTES = 8 * FIELDS;
const FLAG_FIELD = 9;

/** ST_RDONLY and ST_NOSUID are 1 and 2 on Linux and on the wire; no other flag is sent. */
const FLAGS_SENT = 0b11;

/** The reply to the fields that a call has written, high words first. */
function filesystem(result: number, words: Uint32Array): Reply {
	if (result < 0) return failure(-result);
	const payload = Buffer.allocUnsafe(PAYLOAD_BYTES);
	for (let i = 0; i < 2 * FIELDS; i++) payload.writeUInt32BE(words[i] ?? 0, 4 * i);
	payload.writeUInt32BE(0, 8 * FLAG_FIELD);
	payload.writeUInt32BE((words[2 * FLAG_FIELD + 1] ?? 0) & FLAGS_SENT, 8 * FLAG_FIELD + 4);
	return { kind: "extended", payload };
}

/* string path */
export const statvfsOperation = operation({
	name: "statvfs",
	wire: { extension: "statvfs@openssh.com", version: "2" },
	writes: false,
	functionName: "process_extended_statvfs",
	decode: (reader) => reader.path(),
	run(path, session) {
		session.log.log(statvfsReceived, session.requestId);
		session.log.log(statvfsSeen, path);
		const words = new Uint32Array(2 * FIELDS);
		return filesystem(session.files.statvfs(path, words), words);
	},
});

/* string handle */
export const fstatvfsOperation = operation({
	name: "fstatvfs",
	wire: { extension: "fstatvfs@openssh.com", version: "2" },
	writes: false,
	functionName: "process_extended_fstatvfs",
	decode: (reader) => reader.handle(),
	run(number, session) {
		const handle = session.handles.get(number);
		session.log.log(fstatvfs, session.requestId, handle?.path, handle === undefined ? -1 : number);
		if (handle?.kind !== "file") return status(FX.FAILURE);
		const words = new Uint32Array(2 * FIELDS);
		return filesystem(handle.statvfs(words), words);
	},
});
