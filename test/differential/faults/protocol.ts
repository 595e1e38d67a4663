// Faults in the protocol, the policy, the command line, the log and the ending.
import type { Variant } from "../variants.ts";
import { fault } from "./fault.ts";

export const protocolFaults: readonly Variant[] = [
	fault("version 2 gets texts in a STATUS", "wire/replies.ts", "if (version >= 3) writer", "writer"),
	fault(
		"a second INIT is ignored",
		"server/init.ts",
		"session.clientVersion = version;",
		"session.clientVersion ??= version;",
	),
	fault(
		"VERSION offers what is denied",
		"server/init.ts",
		"if (session.policy.permits(operation)) offered",
		"if (session.policy.permits(operation) || wire) offered",
	),
	fault(
		"VERSION leaves out limits",
		"server/init.ts",
		'if (!("extension" in wire)) continue;',
		'if (!("extension" in wire) || operation.name === "limits") continue;',
	),
	fault(
		"an unknown extension is FAILURE",
		"server/dispatch.ts",
		"this.#session.log.log(unknownExtended, name);\n		this.reply(id, UNSUPPORTED);",
		"this.#session.log.log(unknownExtended, name);\n		this.reply(id, status(FX.FAILURE));",
	),
	fault(
		"a packet of 262144 bytes is too long",
		"wire/framer.ts",
		"if (length > MAX_PACKET_BYTES) return",
		"if (length >= MAX_PACKET_BYTES) return",
	),
	fault(
		"a packet that is too long ends with 255",
		"server/session-end.ts",
		"BAD_MESSAGE: 11",
		"BAD_MESSAGE: 255",
	),
	fault(
		"what follows the fields is an error",
		"server/dispatch.ts",
		"reply = operation.serve(this.#reader, session);",
		"reply = operation.serve(this.#reader, session); if (this.#reader.remaining > 0) reply = status(FX.BAD_MESSAGE);",
	),
	fault("a NUL at a name's end is an error", "wire/reader.ts", "if (i < last) throw", "if (i <= last) throw"),
	fault(
		"a NUL in a name cuts it",
		"wire/reader.ts",
		'if (i < last) throw new MalformedPacket("invalid format");',
		"",
	),
	fault(
		"denied requests are parsed first",
		"server/dispatch.ts",
		"if (!session.policy.permits(operation)) {",
		"if (session.policy.readOnly) this.#reader.skipString();\n		if (!session.policy.permits(operation)) {",
	),
	fault("-R lets posix-rename through", "ops/ext/posix-rename.ts", "writes: true", "writes: false"),
	fault(
		"-R lets FSETSTAT through",
		"ops/setstat.ts",
		'name: "fsetstat",\n	wire: { type: FXP.FSETSTAT },\n	writes: true',
		'name: "fsetstat",\n	wire: { type: FXP.FSETSTAT },\n	writes: false',
	),
	fault(
		"-R lets a truncating OPEN through",
		"posix/open-flags.ts",
		"(flags & (O_CREAT | O_TRUNC)) !== 0",
		"(flags & O_CREAT) !== 0",
	),
	fault(
		"-P does not hold for extensions",
		"session/policy.ts",
		"if (this.#denied?.has(name)) {\n			this.#log",
		'if (this.#denied?.has(name) && name !== "statvfs" && !name.includes("-")) {\n			this.#log',
	),
	fault(
		"an empty item does not end a list",
		"session/policy.ts",
		"empty === -1 ? MAX_ITEMS : Math.min(empty, MAX_ITEMS)",
		"MAX_ITEMS",
	),
	fault("-u is ignored", "main.ts", "if (options.umask !== undefined) process.umask(options.umask);", ""),
	fault("-d %U is the name", "settings/expand.ts", '["U", String(user.uid)]', '["U", user.name]'),
	fault(
		"the end of input drops what is not served",
		"server/loop.ts",
		"if (result > 0) this.#add(result);",
		"if (result > 0) { this.#add(result); if ((addon.poll(this.#input, POLLIN, -1, 0, 0) & POLLHUP) !== 0) this.#end(); }",
	),
	fault(
		"handles left open are logged last first",
		"ops/close.ts",
		"of session.handles.all())",
		"of [...session.handles.all()].reverse())",
	),
	fault(
		"the log shows bytes above 7e as they are",
		"log/escape.ts",
		"const PLAIN = /^[ -[\\]-~]*$/;",
		"const PLAIN = /^[ -[\\]-~\\x80-\\xff]*$/;",
	),
	fault("stderr lines end in LF", "log/stderr.ts", '\\r\\n`, "latin1")', '\\n`, "latin1")'),
	fault(
		"syslog texts are cut at 512 bytes",
		"log/syslog.ts",
		"const TEXT_LIMIT = 500;",
		"const TEXT_LIMIT = 512;",
	),
	fault(
		"the modtime is logged in UTC",
		"posix/local-date.ts",
		"const time = localTime(0, seconds);",
		"const utc = new Date(1000 * seconds); const time = { year: utc.getUTCFullYear(), month: utc.getUTCMonth(), day: utc.getUTCDate(), hour: utc.getUTCHours(), minute: utc.getUTCMinutes(), second: utc.getUTCSeconds() };",
	),
	fault(
		"a success is logged at VERBOSE",
		"server/dispatch.ts",
		"log.level > Level.VERBOSE ||",
		"log.level >= Level.VERBOSE ||",
	),
	fault(
		"users-groups-by-id gives ids for unknown users",
		"ops/ext/users-groups-by-id.ts",
		'userById(uid)?.name ?? ""',
		"userById(uid)?.name ?? String(uid)",
	),
	fault(
		"limits says one handle more",
		"ops/ext/limits.ts",
		"writeBigUInt64BE(handleLimit(), 24)",
		"writeBigUInt64BE(handleLimit() + 1n, 24)",
	),
	fault(
		"a long READ is logged unclamped",
		"ops/read.ts",
		"if (length > MAX_READ_BYTES) session.log",
		"if (length > 2 * MAX_READ_BYTES) session.log",
	),
];
