/*
 * expand-path@openssh.com (OpenSSH PROTOCOL §4.9): REALPATH that knows `~`. A
 * `~` alone is the working directory, not the user's home, so that -d counts.
 */
import { noSuchUser, pathTooLong } from "../../log/events/options.ts";
import { expand, expandReceived } from "../../log/events/paths.ts";
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
		const cwd = workingDirectory.toString("latin1", 0, length);
		const expanded = expandPath(path.toString("latin1"), cwd, session);
		if (expanded === undefined) return NO_SUCH_USER;
		const bytes = Buffer.from(expanded, "latin1");
		session.log.log(expand, bytes);
		return canonicalName(bytes, session);
	},
});

/** The path before it is resolved, or undefined when its user is unknown. */
function expandPath(path: string, cwd: string, session: Session): string | undefined {
	if (path === "") return ".";
	if (path === "~") return cwd;
	if (path.startsWith("~/")) return `${cwd}/${path.slice(2)}`;
	if (!path.startsWith("~")) return path.startsWith("/") ? path : `${cwd}/${path}`;
	const expansion = expandTilde(path, session.user.dir, userByName);
	if (expansion.kind === "path")
		return session.files.shown(Buffer.from(expansion.path, "latin1")).toString("latin1");
	if (expansion.kind === "no-such-user") session.log.log(noSuchUser, expansion.user);
	else session.log.log(pathTooLong);
	return undefined;
}
