/* `npm start`: an sftp prompt on this server, and what is printed when that is impossible. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { copyTree } from "../helpers/copy-tree.ts";
import { unlessInstalled } from "../helpers/peer-programs.ts";
import { type CommandResult, runCommand } from "../helpers/run-command.ts";

const directory = realpathSync(mkdtempSync(join(tmpdir(), "sftp-start-")));
after(() => rmSync(directory, { recursive: true }));
const needsSftp = { skip: unlessInstalled("openssh-client") };

test("start passes every character of an argument to the server", needsSftp, async () => {
	const start = join(directory, `two  blanks 'one' "two" \\three\\" #four $five; tab\tend\\`);
	mkdirSync(start);
	const { status, stdout, stderr } = await run(["-d", start], { input: "pwd\n" });
	assert.ok(`${stderr}`.startsWith("Attached to "), `${stderr}`);
	assert.equal(`${stdout}`.replace(/sftp> $/, ""), `sftp> pwd\nRemote working directory: ${start}\n`);
	assert.equal(status, 0);
});

test("start passes an empty argument to the server", needsSftp, async () => {
	const { stderr } = await run(["-e", "-d", ""], { input: "pwd\n" });
	assert.match(`${stderr}`, /^chdir to "" failed: No such file or directory\r$/m);
});

test("start exits with the status of sftp", needsSftp, async () => {
	const ended = await run(["--log-format", "xml"]);
	assert.notEqual(ended.status, 0);
	assert.match(`${ended.stderr}`, /^sftp-server: --log-format: expected text or json, not "xml"$/m);
	const direct = await runCommand("sftp", ["-D", join(process.cwd(), "bin/sftp-server --log-format xml")]);
	assert.equal(ended.status, direct.status);
});

// Control-C at the prompt reaches every program in the terminal's foreground group.
test("the server survives an interrupt when it is on pipes", async () => {
	const server = spawn("bin/sftp-server", { stdio: ["pipe", "pipe", "inherit"] });
	server.stdin.write(Buffer.from("0000000501" + "00000003", "hex"));
	await once(server.stdout, "data");
	server.kill("SIGINT");
	server.stdin.end(Buffer.from("0000000a10" + "00000007" + "00000001" + "2e", "hex"));
	const [reply] = await once(server.stdout, "data");
	assert.equal(reply.readUInt32BE(5), 7);
	assert.deepEqual(await once(server, "close"), [0, null]);
});

test("start says so when sftp is not installed", async () => {
	const { status, stderr } = await run([], { env: { PATH: directory } });
	assert.equal(`${stderr}`, "sftp-subsystem: the program sftp is not installed (Debian: openssh-client).\n");
	assert.equal(status, 1);
});

test("start says so when the server is not built", async () => {
	mkdirSync(join(directory, "src"));
	copyTree("src/package", join(directory, "src/package"));
	const { status, stderr } = await runCommand(process.execPath, [join(directory, "src/package/start.cjs")]);
	assert.equal(`${stderr}`, "sftp-subsystem: dist/sftp-server.cjs is missing: run npm ci first.\n");
	assert.equal(status, 1);
});

function run(
	args: readonly string[],
	options: { input?: string; env?: Record<string, string> } = {},
): Promise<CommandResult> {
	return runCommand(process.execPath, ["src/package/start.cjs", ...args], options);
}
