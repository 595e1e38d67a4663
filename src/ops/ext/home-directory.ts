/*
 * home-directory (draft-ietf-secsh-filexfer-extensions-00 §5): a user's home,
 * from the user database.
 */
import { homeDirectory, homeDirectoryReceived } from "../../log/events/queries.ts";
import { fromBytes, toBytes } from "../../posix/byte-string.ts";
import { userByName } from "../../posix/users.ts";
import { FX } from "../../wire/constants.ts";
import { oneName, status } from "../../wire/replies.ts";
import { operation } from "../operation.ts";

/*
 * string user     empty means the session's own
 *
 * As in OpenSSH after 9.2. That version answers FAILURE to an empty name, and the
 * session's own home to any existing name.
 */
export const homeDirectoryOperation = operation({
	name: "home-directory",
	wire: { extension: "home-directory", version: "1" },
	writes: false,
	functionName: "process_extended_home_directory",
	decode: (reader) => reader.path(),
	run(name, session) {
		session.log.log(homeDirectoryReceived, session.requestId, name);
		const user = name.length === 0 ? session.user : userByName(fromBytes(name));
		if (user === undefined) return status(FX.FAILURE);
		const directory = session.files.shown(toBytes(user.dir));
		session.log.log(homeDirectory, directory);
		return oneName(directory);
	},
});
