/* The deliberate faults: mistakes in rare cases, which the differential tester has to find. */
import { asByteString } from "../../../src/posix/byte-string.ts";
import { FX, type StatusCode } from "../../../src/wire/constants.ts";
import { OK, type Reply, status } from "../../../src/wire/replies.ts";
import { calling, type Fault, replying, type Served } from "./seams.ts";

const NOT_GIVEN = 0xffffffff;
const FAR = 2 ** 31;

/** Turns a status of `from` into `to` when the condition holds. */
function mistaking(
	operation: string,
	from: StatusCode,
	to: StatusCode,
	when: (served: Served) => boolean = () => true,
): Fault["install"] {
	return replying(operation, (reply, served) => (isStatus(reply, from) && when(served) ? status(to) : reply));
}

function isStatus(reply: Reply, code: StatusCode): boolean {
	return reply.kind === "status" && reply.code === code;
}

/** Most other tests run as root and use version 3, so these conditions hide a fault from them. */
const isUser = process.getuid?.() !== 0;

function isOther({ session }: Served): boolean {
	return session.clientVersion !== 3;
}

function first({ paths }: Served): string {
	return paths[0] ?? "";
}

export const faults: readonly Fault[] = [
	{
		name: "RENAME to an existing name is NO_SUCH_FILE when a slash follows it",
		install: mistaking(
			"rename",
			FX.FAILURE,
			FX.NO_SUCH_FILE,
			({ paths }) => paths[1]?.endsWith("/") === true,
		),
	},
	{
		name: "RENAME of a directory into itself is FAILURE",
		install: mistaking("rename", FX.BAD_MESSAGE, FX.FAILURE, () => isUser),
	},
	{
		name: "hardlink of a directory is FAILURE",
		install: mistaking("hardlink", FX.PERMISSION_DENIED, FX.FAILURE, () => isUser),
	},
	{
		name: "SYMLINK to an empty target is FAILURE",
		install: mistaking("symlink", FX.NO_SUCH_FILE, FX.FAILURE, (served) => isUser && first(served) === ""),
	},
	{
		name: "RMDIR of a path that ends in a dot is FAILURE",
		install: mistaking("rmdir", FX.BAD_MESSAGE, FX.FAILURE, () => isUser),
	},
	{
		name: "READLINK of a file that is not a link is FAILURE",
		install: mistaking("readlink", FX.BAD_MESSAGE, FX.FAILURE, () => isUser),
	},
	{
		name: "REALPATH of a path with two slashes after another is FAILURE",
		install: replying("realpath", (reply, served) =>
			isUser && reply.kind === "names" && first(served).includes("//") ? status(FX.FAILURE) : reply,
		),
	},
	{
		name: "OPENDIR of a directory that may not be listed is NO_SUCH_FILE",
		install: mistaking("opendir", FX.PERMISSION_DENIED, FX.NO_SUCH_FILE, isOther),
	},
	{
		name: "SETSTAT of a size that no file can have is FAILURE",
		install: mistaking("setstat", FX.BAD_MESSAGE, FX.FAILURE, () => isUser),
	},
	{
		name: "SETSTAT of a directory's size is OK",
		install: replying("setstat", (reply) =>
			isUser && reply.kind === "status" && reply.text === "Is a directory" ? OK : reply,
		),
	},
	{
		name: "lsetstat of a link's mode is OK",
		install: replying("lsetstat", (reply) =>
			isUser && reply.kind === "status" && reply.text === "Operation not supported" ? OK : reply,
		),
	},
	{
		name: "OPEN of a socket is PERMISSION_DENIED",
		install: replying("open", (reply) =>
			reply.kind === "status" && reply.text === "No such device or address"
				? status(FX.PERMISSION_DENIED)
				: reply,
		),
	},
	{
		name: "READ of a handle that is open only for writing is end of file",
		install: mistaking("read", FX.FAILURE, FX.EOF, isOther),
	},
	{
		name: "a request with an ID of 32 bits is denied without a reason",
		install: mistaking("*", FX.NO_SUCH_FILE, FX.FAILURE, ({ session }) => session.requestId >= FAR),
	},
	{
		name: "before version 3 a refusal is FAILURE",
		install: mistaking(
			"*",
			FX.PERMISSION_DENIED,
			FX.FAILURE,
			({ session }) => (session.clientVersion ?? 3) < 3,
		),
	},
	{
		name: "statvfs shows a read-only file system as writable",
		install: replying("statvfs", (reply) => {
			if (reply.kind !== "extended") return reply;
			const payload = Buffer.from(reply.payload);
			const flags = 9 * 8 + 7;
			payload.writeUInt8(payload.readUInt8(flags) & ~1, flags);
			return { ...reply, payload };
		}),
	},
	{
		name: "users-groups-by-id ends at the third name",
		install: replying("users-groups-by-id", (reply) =>
			isUser && reply.kind === "extended" && reply.payload.length > 40
				? { ...reply, payload: reply.payload.subarray(0, 40) }
				: reply,
		),
	},
	{
		name: "FSETSTAT of an owner alone changes the group",
		install: calling("fchown", (call) => (fd, uid, gid) => call(fd, uid, gid === NOT_GIVEN ? uid : gid)),
	},
	{
		name: "FSETSTAT does not set the sticky bit",
		install: calling("fchmod", (call) => (fd, mode) => call(fd, isUser ? mode & ~0o1000 : mode)),
	},
	{
		name: "FSETSTAT truncates a time to 31 bits",
		install: calling(
			"futimes",
			(call) => (fd, atime, mtime) =>
				isUser ? call(fd, atime & 0x7fffffff, mtime & 0x7fffffff) : call(fd, atime, mtime),
		),
	},
	{
		name: "FSETSTAT truncates a size to 40 bits",
		install: calling("ftruncate", (call) => (fd, high, low) => call(fd, isUser ? high & 0xff : high, low)),
	},
	{
		name: "copy-data reads a byte too far, from one offset to another",
		install: calling(
			"copyFileRange",
			(call) => (from, fromHigh, fromLow, to, toHigh, toLow, length) =>
				call(from, fromHigh, fromLow + (fromLow > 0 && toLow > 0 ? 1 : 0), to, toHigh, toLow, length),
		),
	},
	{
		name: "expand-path of a home with two slashes shows one",
		install: calling("getpwnam", (call) => (name, offset, length) => {
			const user = call(name, offset, length);
			return user === null ? null : { ...user, dir: asByteString(user.dir.replace("//", "/")) };
		}),
	},
	{
		name: "a user's name is truncated to sixteen letters",
		install: calling("getpwuid", (call) => (uid) => {
			const user = call(uid);
			return user === null ? null : { ...user, name: asByteString(user.name.slice(0, 16)) };
		}),
	},
	{
		name: "a group's name is truncated to seventeen letters",
		install: calling("getgrgid", (call) => (gid) => {
			const group = call(gid);
			return group === null ? null : asByteString(group.slice(0, 17));
		}),
	},
	{
		name: "code 4 calls a large file too big",
		install: calling("strerror", (call) => (errno) => call(errno).replace("File too large", "File too big")),
	},
];
