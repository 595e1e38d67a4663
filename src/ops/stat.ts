/* STAT, LSTAT and FSTAT (draft-ietf-secsh-filexfer-02 §6.8). */
import {
	fstat,
	lstatReceived,
	lstat as lstatSeen,
	statReceived,
	stat as statSeen,
} from "../log/events/paths.ts";
import { Level } from "../log/levels.ts";
import type { Session } from "../session/session.ts";
import { FX, FXP } from "../wire/constants.ts";
import type { PacketReader } from "../wire/reader.ts";
import { type Reply, status } from "../wire/replies.ts";
import { decodeStat } from "../wire/requests.ts";
import { type Operation, operation } from "./operation.ts";
import { showOwner } from "./shown-owner.ts";
import { failure } from "./status.ts";

function attributesOr(result: number, { files, rules }: Session): Reply {
	if (result < 0) return failure(-result);
	if (rules.shownOwner !== undefined) showOwner(files.attributes.words, 0, rules.shownOwner);
	return files.attributesReply;
}

function byPath(name: "stat" | "lstat", type: number): Operation {
	const follow = name === "stat";
	const [received, seen] = follow ? [statReceived, statSeen] : [lstatReceived, lstatSeen];
	return operation<PacketReader>({
		name,
		wire: { type },
		writes: false,
		functionName: "process_do_stat",
		decode: decodeStat,
		run({ bytes, stringStart, stringLength }, session) {
			if (session.log.level >= Level.VERBOSE) {
				session.log.log(received, session.requestId);
				session.log.log(seen, bytes.subarray(stringStart, stringStart + stringLength));
			}
			return attributesOr(session.files.stat(bytes, stringStart, stringLength, follow), session);
		},
	});
}

export const statOperation = byPath("stat", FXP.STAT);
export const lstatOperation = byPath("lstat", FXP.LSTAT);

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
		if (handle?.kind !== "file") return status(FX.FAILURE);
		return attributesOr(handle.stat(session.files.attributes.words), session);
	},
});
