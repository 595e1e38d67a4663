/* -t, -T and -C: what they print, and that their output can be read again. */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { fromBytes } from "../../src/posix/byte-string.ts";
import { loadSettings } from "../../src/settings/load.ts";
import { report } from "../../src/settings/report.ts";
import { Random } from "../differential/random.ts";
import { isFast } from "../helpers/fast.ts";
import { unlessRoot } from "../helpers/peer-programs.ts";
import { runCommand } from "../helpers/run-command.ts";
import { stageServer } from "../helpers/server-under-test.ts";
import { bytes, evaluate, quiet, rewriteConfig, writeConfig } from "./config.ts";
import { loadContext } from "./context.ts";

const FILES = isFast ? 200 : 1000;

/** Every byte that a line can contain. */
const BYTES = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).filter(
	(char) => !"\n\0".includes(char),
);

function randomText(random: Random, from: readonly string[] = BYTES): string {
	return Array.from({ length: random.between(1, 12) }, () => from[random.below(from.length)] ?? "").join("");
}

/** In double quotes, where only these two characters need a backslash. */
function quoted(text: string): string {
	return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

function randomConfig(random: Random): string {
	/* A tilde at the beginning would need a user of that name. */
	const path = () => quoted(randomText(random).replaceAll("%", "%%").replace(/^~/, "x~"));
	const yesOrNo = () => random.pick(["yes", "no"]);
	const lines: readonly (() => string)[] = [
		() => `ReadOnly ${yesOrNo()}`,
		() => `AllowedRequests ${quoted(random.pick(["", "open", "op*,[rc]*,stat", "a b,#", '"', "\\"]))}`,
		() => `DeniedRequests ${random.pick(["open", "{a,b}*"])}`,
		() => `StrictRequests ${yesOrNo()}`,
		() => `StartDirectory ${random.pick([path(), "~", "%d/%u-%U-%%", "'~daemon'/x"])}`,
		() => `Umask ${random.below(0o1000).toString(8)}`,
		() =>
			`Confine ${random.pick([path(), "/x:ro", quoted(`/${randomText(random).replaceAll("%", "")}:ro`)])}`,
		() => `Sandbox ${yesOrNo()}`,
		() =>
			`Access ${random.pick(["full", "ADD", "drop"])} ${random.pick(["'/a b/**'", "*.[ch]", quoted("x\xff"), "/"])}`,
		() =>
			`LogLevel ${random.pick(["QUIET", "fatal", "Error", "INFO", "verbose", "debug", "DEBUG2", "debug3"])}`,
		() => `LogFacility ${random.pick(["daemon", "USER", "AUTHPRIV", "local0", "LOCAL7"])}`,
		() => `ForceFileMode ${random.below(0o1000).toString(8)}`,
		() => `DefaultFileMode ${random.below(0o1000).toString(8)}`,
		() => `DefaultDirectoryMode ${random.below(0o1000).toString(8)}`,
		() => `ModeMask ${random.below(0o10000).toString(8)}`,
		() => `IgnoreAttributes ${random.pick(["none", "mode", "owner,times", "times,owner,mode"])}`,
		() => `HideOwners ${random.pick(["yes", "no"])}`,
		() => `ForceGroup ${random.pick(["www-data", "0", "4294967294"])}`,
		() => `ForceDirectoryMode 0${random.below(0o1000).toString(8)}`,
		() => `LogStderr ${yesOrNo()}`,
		() => `LogFormat json`,
		() => `LogFile ${quoted(randomText(random))}`,
	];
	return [...lines.filter(() => random.chance(60)).map((line) => line()), "LogFormat json"].join("\n");
}

describe("the output of -T", () => {
	it(`gives the same settings when read again, for ${FILES} files from a seed`, (test) => {
		const random = new Random(5);
		const path = writeConfig(test, { config: "" });
		for (let i = 0; i < FILES; i++) {
			const text = randomConfig(random);
			rewriteConfig(path, text);
			const first = evaluate(path);
			assert.ok(typeof first !== "string", `${text}\n${String(first)}`);
			const printed = report(first);
			rewriteConfig(path, printed);
			const again = evaluate(path);
			assert.ok(typeof again !== "string", `${printed}\n${String(again)}`);
			/* A directory whose name ends in :ro is printed with a slash after it. */
			const plain = ({ confine, access, ...others }: typeof again.settings) => ({
				...others,
				access: access.map(({ right, text }) => [right, text]),
				confine: confine.map((one) => ({ ...one, directory: one.directory.replace(/:ro\/$/, ":ro") })),
			});
			assert.deepEqual(plain(again.settings), plain(first.settings), `${text}\n${printed}`);
		}
	});

	it("says where each value was set", (test) => {
		const path = writeConfig(test, {
			config: "Umask 22\nConfine /a\nMatch All\nInclude part\nUmask 77\n",
			part: "\nLogLevel INFO\nConfine /b:ro\nAccess HIDDEN .ssh",
		});
		const args = [
			"--config",
			path,
			"--confine",
			"/c",
			"--access",
			"read /srv/**",
			"-o",
			"LogFacility=USER",
			"-R",
			"-T",
		].map(bytes);
		const result = loadSettings(args, loadContext(quiet));
		assert.ok(result.kind === "exit" && result.status === 0 && result.stderr === "");
		const directory = path.replace("/config", "");
		assert.equal(
			result.stdout.replaceAll(/ +/g, " ").replaceAll(directory, "DIR"),
			[
				"Access read /srv/** # command line, --access",
				"Access hidden .ssh # DIR/part:4",
				"# AllowedRequests # not set",
				"Confine /c # command line, --confine",
				"Confine /b:ro # DIR/part:3",
				"Confine /a # DIR/config:2",
				"# DefaultDirectoryMode # not set",
				"# DefaultFileMode # not set",
				"# DeniedRequests # not set",
				"# ForceDirectoryMode # not set",
				"# ForceFileMode # not set",
				"# ForceGroup # not set",
				"HideOwners no # default",
				"# IgnoreAttributes # not set",
				"LogFacility USER # command line, -o LogFacility",
				"# LogFile # not set",
				"LogFormat text # default",
				"LogLevel INFO # DIR/part:2",
				"LogStderr no # default",
				"# ModeMask # not set",
				"ReadOnly yes # command line, --read-only",
				"# Root # not set",
				"Sandbox yes # default",
				"# StartDirectory # not set",
				"StrictRequests no # default",
				"Umask 0077 # DIR/config:5",
				"",
			].join("\n"),
		);
	});

	it("has a comment for a value that can't be set in a file", () => {
		const args = ["-d", "/a\nSandbox no", "-T"].map(bytes);
		const result = loadSettings(args, loadContext(quiet));
		assert.ok(result.kind === "exit");
		assert.match(
			result.stdout,
			/^# StartDirectory \/a\\nSandbox no # command line, --start-directory; it can't be set in a file$/m,
		);
	});
});

describe("a test of the settings", () => {
	const program = resolve("bin/sftp-server");

	/* Root, because a file that applies to everybody must not belong to another user. */
	it("with -t prints nothing and exits with 0", { skip: unlessRoot() }, async (test) => {
		const config = writeConfig(test, { config: "LogLevel INFO\n" });
		const { status, stdout, stderr } = await runCommand(program, ["--config", config, "-t"]);
		assert.deepEqual([status, `${stdout}`, `${stderr}`], [0, "", ""]);
	});

	const bad: readonly (readonly [args: readonly string[], stderr: RegExp])[] = [
		[["-t", "-u", "9"], /^Invalid umask "9"\n$/],
		[["-u", "9", "-T"], /^Invalid umask "9"\n$/],
		[["-t", "-l", "zz"], /^Invalid log level "zz"\n/],
		[["-t", "-p", "a", "-p", "b"], /^Permitted requests already set\n$/],
		[["-t", "-d", "~no-such-user-here"], /^tilde_expand: No such user no-such-user-here\n$/],
		[["-t", "-Z"], /^usage: /],
		[["-t", "--log-file", "x"], /^sftp-server: --log-file: requires LogFormat json\n$/],
		[["-t", "--strict", "-p", "nonsense"], /^sftp-server: no request matches "nonsense"\n$/],
		[
			["-t", "--config", "/nonexistent/file"],
			/^\/nonexistent\/file can't be read: No such file or directory\n$/,
		],
		[
			["-t", "--config", "none", "-C", "user=no-such-user-here"],
			/^-C: there is no user no-such-user-here\n$/,
		],
		[["-t", "-C", "addr=192.0.2"], /^sftp-server: -C: expected user=NAME,group=NAME,addr=/],
		[["-t", "-C", "usr=x"], /^sftp-server: -C: expected user=NAME/],
		[["-t", "-C", "lport=0"], /^sftp-server: -C: expected user=NAME/],
	];
	for (const [args, expected] of bad)
		it(`reports the error on stderr and exits with 255: ${args.join(" ")}`, async () => {
			const { status, stdout, stderr } = await runCommand(program, args);
			assert.match(`${stderr}`, expected);
			assert.deepEqual([status, `${stdout}`], [255, ""]);
		});

	it("-C alone is refused", async () => {
		const { status, stderr } = await runCommand(program, ["-C", "user=root"]);
		assert.deepEqual([status, `${stderr}`], [1, "sftp-server: -C needs -t or -T\n"]);
	});

	it("applies to the user, groups, addresses and port of -C", { skip: unlessRoot() }, async (test) => {
		const directory = mkdtempSync("/run/sftp-settings-");
		test.after(() => rmSync(directory, { recursive: true }));
		chmodSync(directory, 0o755);
		const config = join(directory, "config");
		const blocks = [
			"User daemon",
			"Group daemon",
			"Group 1",
			"Address 192.0.2.0/24",
			"LocalAddress ::1",
			"LocalPort 22",
		];
		writeFileSync(config, blocks.map((criteria, i) => `Match ${criteria}\nConfine /${i}/%u\n`).join(""));
		const asked: readonly (readonly [spec: string, confined: readonly string[]])[] = [
			["user=daemon", ["/0/daemon", "/1/daemon", "/2/daemon"]],
			["user=daemon,group=bin", ["/0/daemon"]],
			["group=bin,group=daemon", ["/1/root"]],
			["group=1", ["/2/root"]],
			["user=bin,addr=192.0.2.200,laddr=::1,lport=22", ["/3/bin", "/4/bin", "/5/bin"]],
			["addr=192.0.3.0", []],
		];
		const { executable } = stageServer(directory);
		for (const [spec, confined] of asked) {
			const { stdout, stderr } = await runCommand(executable, ["--config", config, "-T", "-C", spec]);
			assert.equal(`${stderr}`, "");
			const printed = fromBytes(stdout).matchAll(/^Confine (\S+)/gm);
			assert.deepEqual(
				[...printed].map(([, one]) => one),
				confined,
				spec,
			);
		}
	});

	it("applies to this process without -C: its user, its groups and sshd's variable", {
		skip: unlessRoot(),
	}, async (test) => {
		const config = writeConfig(test, {
			config:
				"Match User root Group 4321 Address 192.0.2.7 LocalAddress 192.0.2.1 LocalPort 2222\nUmask 77\n",
		});
		const env = { SSH_CONNECTION: "192.0.2.7 40000 192.0.2.1 2222" };
		const args = [program, "--config", config, "-T"];
		const { stdout } = await runCommand("setpriv", ["--groups=0,4321", ...args], { env });
		assert.match(`${stdout}`, /^Umask 0077 /m);
		const without = await runCommand("setpriv", ["--groups=0", ...args], { env });
		assert.match(`${without.stdout}`, /^# Umask /m);
	});

	it("for another user requires root", { skip: unlessRoot() }, async (test) => {
		const { executable } = stageServer(mkdtempSync("/run/sftp-settings-"));
		test.after(() => rmSync(join(executable, ".."), { recursive: true }));
		chmodSync(join(executable, ".."), 0o755);
		const args = ["--reuid=1", "--regid=1", "--clear-groups", executable, "--config", "none", "-t", "-C"];
		const { status, stderr } = await runCommand("setpriv", [...args, "user=bin"]);
		assert.deepEqual([status, `${stderr}`], [255, "-C: only root can name another user\n"]);
		assert.equal((await runCommand("setpriv", [...args, "user=daemon"])).status, 0);
	});
});
