/* home-directory (draft-ietf-secsh-filexfer-extensions-00 §5): a user's, as the user database has it. */
import { homeDirectory, homeDirectoryReceived } from "../../log/events/queries.ts";
import { userByName } from "../../posix/users.ts";
import { FX } from "../../wire/constants.ts";
import { oneName, status } from "../../wire/replies.ts";
import { operation } from "../operation.ts";

/* string user     an empty one is nobody's name, as in OpenSSH 9.2: FAILURE */
export const homeDirectoryOperation = operation({
	name: "home-directory",
	wire: { extension: "home-directory", version: "1" },
	writes: false,
	functionName: "process_extended_home_directory",
	decode: (reader) => reader.path(),
	run(name, session) {
		session.log.log(homeDirectoryReceived, session.requestId, name);
		const user = userByName(name.toString("latin1"));
		if (user === undefined) return status(FX.FAILURE);
		const directory = Buffer.from(user.dir, "latin1");
		session.log.log(homeDirectory, directory);
		return oneName(directory);
	},
});
