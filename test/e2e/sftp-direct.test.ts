/*
 * `sftp -D`: OpenSSH's client starts the server itself and talks to it through pipes,
 * without sshd or a network.
 */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { unlessInstalled } from "../helpers/peer-programs.ts";
import { runCommand } from "../helpers/run-command.ts";
import { OPENSSH_SERVER } from "../helpers/server-under-test.ts";
import { directSftp } from "./clients/openssh-sftp.ts";
import { assertSameLines, outcome } from "./compare.ts";
import { LIGHT_LOAD, ownLogin, Surroundings } from "./setup.ts";

describe("sftp -D", { skip: unlessInstalled("openssh-client", "openssh-sftp-server") }, () => {
	const surroundings = new Surroundings();
	after(() => surroundings.close());

	const batch = (server: string, ...commands: string[]) =>
		runCommand("sftp", ["-q", "-b", "-", "-D", server], { input: `${commands.join("\n")}\n` });

	test("does and prints the same with both servers", async () => {
		const run = (server: string) => outcome(directSftp(server), surroundings.place(ownLogin(), LIGHT_LOAD));
		const [ours, peer] = await Promise.all([run(surroundings.server.line), run(OPENSSH_SERVER)]);
		assertSameLines(ours, peer);
	});

	test("passes the server the arguments that follow its name", async () => {
		const place = surroundings.place(ownLogin(), LIGHT_LOAD);
		const { status, stderr } = await batch(
			`${surroundings.server.line} -R`,
			`get ${place.remote}/plain.txt ${place.local}/plain.txt`,
			`rm ${place.remote}/plain.txt`,
		);
		assert.equal(status, 1);
		assert.equal(stderr.toString(), `remote delete ${place.remote}/plain.txt: Permission denied\r\n`);
	});

	test("ends with the client", async () => {
		const { status, stdout, stderr } = await batch(surroundings.server.line, "pwd", "bye");
		assert.deepEqual([status, stderr.toString()], [0, ""]);
		assert.equal(stdout.toString(), `sftp> pwd\nRemote working directory: ${process.cwd()}\nsftp> bye\n`);
	});
});
