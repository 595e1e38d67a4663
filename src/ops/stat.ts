/*
 * STAT, LSTAT and FSTAT (draft-ietf-secsh-filexfer-02 §6.8). The path stays a
 * range of the input buffer: these are the requests that come by the thousand.
 */
import {
	fstat,
	lstatReceived,
	lstat as lstatSeen,
	statReceived,
	stat as statSeen,
} from "../log/events/paths.ts";
import { Level } from "../log/levels.ts";
import { addon, registers } from "../posix/addon.ts";
import { lstat, stat } from "../posix/files.ts";
import type { Session } from "../session/session.ts";
import { FX, FXP } from "../wire/constants.ts";
import type { PacketReader } from "../wire/reader.ts";
import { type Reply, status } from "../wire/replies.ts";
import { failure, type Operation, operation } from "./operation.ts";

/** The stat that the addon left in its registers. */
const STAT_REPLY: Reply = { kind: "attrs", words: registers };

function attributesOr(result: number): Reply {
	return result < 0 ? failure(-result) : STAT_REPLY;
}

/* string path */
function byPath(name: "stat" | "lstat", type: number, call: typeof stat): Operation {
	const [received, seen] = name === "stat" ? [statReceived, statSeen] : [lstatReceived, lstatSeen];
	return operation<PacketReader>({
		name,
		wire: { type },
		writes: false,
		functionName: "process_do_stat",
		decode(reader) {
			reader.skipPath();
			return reader;
		},
		run({ bytes, stringStart, stringLength }: PacketReader, session: Session) {
			if (session.log.level >= Level.VERBOSE) {
				session.log.log(received, session.requestId);
				session.log.log(seen, bytes.subarray(stringStart, stringStart + stringLength));
			}
			const { ahead } = session;
			return attributesOr(ahead.left > 0 ? ahead.takeStat() : call(bytes, stringStart, stringLength));
		},
	});
}

export const statOperation = byPath("stat", FXP.STAT, stat);
export const lstatOperation = byPath("lstat", FXP.LSTAT, lstat);

/* string handle */
export const fstatOperation = operation({
	name: "fstat",
	wire: { type: FXP.FSTAT },
	writes: false,
	functionName: "process_fstat",
	decode: (reader) => reader.handle(),
	run(number, session) {
		const handle = session.handles.get(number);
		session.log.log(fstat, session.requestId, handle?.path, handle === undefined ? -1 : number);
		return handle?.kind === "file" ? attributesOr(addon.fstat(handle.fd)) : status(FX.FAILURE);
	},
});
