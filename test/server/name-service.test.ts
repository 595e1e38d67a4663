/*
 * Users and groups that are in no file: a name service made for this test, in a
 * mount namespace with its own nsswitch.conf, used by both servers.
 */
import assert from "node:assert/strict";
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { assertSameEnd, endOf, lines, oneByOne } from "../helpers/endings.ts";
import { attrs, FXF, FXP, INIT, packet, uint32 } from "../helpers/packets.ts";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { mustRun } from "../helpers/run-command.ts";
import { oneName } from "../helpers/server-replies.ts";
import { OPENSSH, OURS, type Program, request, ServerSession } from "../helpers/server-session.ts";
import { stageServer } from "../helpers/server-under-test.ts";
import { oldFile, Twins } from "../helpers/twins.ts";

/** As in name-service.c. */
const [NUMBER, USER, GROUP, HOME] = [71234, "elsewhere", "elsewheres", "/usr/lib"];
const STRANGER = 71235;

describe("a name service", { skip: unlessRoot() || unlessInstalled("openssh-sftp-server") }, () => {
	const directory = mkdtempSync(join(tmpdir(), "name-service-"));
	const env = { LD_LIBRARY_PATH: directory };
	const configuration = join(directory, "nsswitch.conf");
	let through: Program;
	let twins: Twins;

	before(async () => {
		await mustRun("chmod", ["0755", directory]);
		const module = join(directory, "libnss_sftptest.so.2");
		await mustRun("cc", ["-Wall", "-Wextra", "-shared", "-fPIC", "-o", module, "test/server/name-service.c"]);
		writeFileSync(configuration, "passwd: files sftptest\ngroup: files sftptest\n");
		const script = `mount --bind ${configuration} /etc/nsswitch.conf; exec "$@"`;
		through = ["unshare", "--mount", "sh", "-ec", script, "sh"];
		twins = await Twins.start({
			through,
			env,
			build(at) {
				oldFile(join(at, "file"), "content");
				chownSync(join(at, "file"), NUMBER, NUMBER);
			},
		});
	});
	after(async () => {
		await twins.stop();
		rmSync(directory, { recursive: true });
	});

	it("provides names to users-groups-by-id", async () => {
		const numbers = Buffer.concat([NUMBER, STRANGER, 0].map(uint32));
		const reply = await twins.ask("users-groups-by-id@openssh.com", numbers, numbers);
		const names = [USER, "", "root", GROUP, "", "root"];
		const shown = reply.kind === "extended" ? reply.payload : Buffer.alloc(0);
		const texts = names.map((name) => packet(0, name).subarray(5));
		const lists = [texts.slice(0, 3), texts.slice(3)].map((list) =>
			packet(0, Buffer.concat(list)).subarray(5),
		);
		assert.deepEqual(shown, Buffer.concat(lists));
	});

	it("provides a home to expand-path and home-directory", async () => {
		assert.deepEqual(await twins.ask("expand-path@openssh.com", `~${USER}`), oneName(HOME));
		/* OpenSSH 9.2 returns its own user's for any name. */
		const session = await ServerSession.start([...through, ...OURS], { env });
		assert.deepEqual(await session.ask("home-directory", USER), oneName(HOME));
		assert.equal((await session.stop()).status, 0);
	});

	it("provides the names in a long name", async () => {
		const folder = await twins.open(FXP.OPENDIR, ".");
		const listed = await twins.ask(FXP.READDIR, folder);
		assert.ok(listed.kind === "names");
		const shown = listed.names.find(({ name }) => name === "file")?.longname ?? "";
		assert.deepEqual(shown.split(/ +/).slice(2, 4), [USER, GROUP]);
		await twins.ask(FXP.CLOSE, folder);
	});

	it("provides the name of a session's user", async () => {
		const as = (server: Program): Program => [
			...through,
			"setpriv",
			`--reuid=${NUMBER}`,
			`--regid=${NUMBER}`,
			"--clear-groups",
			...server,
		];
		const part = oneByOne(
			INIT,
			request(FXP.OPEN, 1, "/nonexistent/x", FXF.READ, attrs()),
			request("expand-path@openssh.com", 2, "~/x"),
		);
		const options = { env, args: ["-d", "%d/%u/%U"] };
		const ours = await endOf(as([stageServer(directory).executable]), part, options);
		const openssh = await endOf(as(OPENSSH), part, options);
		assertSameEnd(ours, openssh);
		assert.equal(lines(ours)[0], `session opened for local user ${USER} from [UNKNOWN]`);
		assert.ok(ours.stderr.includes(`chdir to "${HOME}/${USER}/${NUMBER}" failed`), ours.stderr);
	});
});
