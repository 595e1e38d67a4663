/*
 * expand-path@openssh.com (OpenSSH PROTOCOL §4.9): REALPATH that expands `~`. `~` alone
 * is the working directory, not the user's home, so that -d is respected.
 */
import { noSuchUser, pathTooLong } from "../../log/events/options.ts";
import { expand, expandReceived } from "../../log/events/paths.ts";
import { asByteString, type ByteString, fromBytes, toBytes } from "../../posix/byte-string.ts";
import { PATH_MAX } from "../../posix/limits.ts";
import { expandTilde } from "../../posix/tilde.ts";
import { userByName } from "../../posix/users.ts";
import type { Session } from "../../session/session.ts";
import { FX } from "../../wire/constants.ts";
import type { Reply } from "../../wire/replies.ts";
import { operation } from "../operation.ts";
import { canonicalName } from "../realpath.ts";
import { failure } from "../status.ts";

const NO_SUCH_USER: Reply = { kind: "status", code: FX.NO_SUCH_FILE, text: "no such user" };

/* string path */
export const expandPathOperation = operation({
	name: "expand-path",
	wire: { extension: "expand-path@openssh.com", version: "1" },
	writes: false,
	functionName: "process_extended_expand",
	decode: (reader) => reader.path(),
	run(path, session) {
		const workingDirectory = Buffer.allocUnsafe(PATH_MAX);
		const length = session.files.workingDirectory(workingDirectory);
		if (length < 0) return failure(-length);
		session.log.log(expandReceived, session.requestId, path);
		const cwd = fromBytes(workingDirectory.subarray(0, length));
		const expanded = expandPath(fromBytes(path), cwd, session);
		if (expanded === undefined) return NO_SUCH_USER;
		const bytes = toBytes(expanded);
		session.log.log(expand, bytes);
		return canonicalName(bytes, session);
	},
});

/** Expands a tilde; undefined if the user is unknown. */
function expandPath(path: ByteString, cwd: ByteString, session: Session): ByteString | undefined {
	if (path === "") return asByteString(".");
	if (path === "~") return cwd;
	if (path.startsWith("~/")) return asByteString(`${cwd}/${path.slice(2)}`);
	if (!path.startsWith("~")) return path.startsWith("/") ? path : asByteString(`${cwd}/${path}`);
	const home = (dir: ByteString): ByteString => fromBytes(session.files.shown(toBytes(dir)));
	const expansion = expandTilde(path, home(session.user.dir), (name) => {
		const user = userByName(name);
		return user === undefined ? undefined : { dir: home(user.dir) };
	});
	if (expansion.kind === "path") return expansion.path;
	if (expansion.kind === "no-such-user") session.log.log(noSuchUser, expansion.user);
	else session.log.log(pathTooLong);
	return undefined;
}
