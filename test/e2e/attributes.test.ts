/*
 * Clients that preserve modes and times, with rules that override them. The clients
 * report success, and the files are as the administrator wants them.
 */
import assert from "node:assert/strict";
import {
	chmodSync,
	chownSync,
	lstatSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	statSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Account } from "../helpers/accounts.ts";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { type PeerPackage, SSHD_PACKAGES, unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { mustRun } from "../helpers/run-command.ts";
import { status } from "../helpers/server-replies.ts";
import { ServerSession } from "../helpers/server-session.ts";
import { opensshOptions, type Sshd } from "../helpers/sshd.ts";
import { withSshfs } from "../helpers/sshfs-mount.ts";
import { Surroundings } from "./setup.ts";

const skip = unlessInstalled(...SSHD_PACKAGES) || unlessRoot();
const OLD_SECONDS = 1_000_000_000;
const CONTENT = "content\n".repeat(1000);
/** The modes of the uploaded directory and of the file in it. */
const DIRECTORY_MODE = 0o711;
const FILE_MODE = 0o646;

/** A way to log in: a port of sshd and a user. */
interface Connection {
	readonly sshd: Sshd;
	readonly port: number;
	readonly user: string;
	/** A directory that the client can write to. */
	readonly home: string;
}

interface Client {
	readonly name: string;
	readonly packages: readonly PeerPackage[];
	/** The uploads whose modes the client sets. */
	readonly setsModes: "all" | "files" | "none";
	/**
	 * Uploads the local directory as the remote one, which does not exist.
	 *
	 * @param owners whether to preserve owners, too, if the client can
	 */
	upload(connection: Connection, local: string, remote: string, owners: boolean): Promise<void>;
	/** The owners and groups in the client's listing of a remote directory; absent if it shows none. */
	owners?(connection: Connection, remote: string): Promise<readonly string[]>;
}

const options = ({ sshd, port }: Connection): string[] => [...opensshOptions(sshd), "-o", `Port=${port}`];

function sftpDoes(connection: Connection, command: string): Promise<string> {
	const words = ["-q", "-b", "-", ...options(connection), `${connection.user}@127.0.0.1`];
	return mustRun("sftp", words, { input: `${command}\n` });
}

async function lftpDoes(connection: Connection, command: string): Promise<string> {
	const { user, home } = connection;
	const lines = [
		`set sftp:connect-program "ssh -a -x ${options(connection).join(" ")}"; set net:max-retries 1; set cmd:fail-exit yes`,
		`open -u ${user}, sftp://127.0.0.1; ${command}`,
	];
	return mustRun("lftp", [], { input: `${lines.join("\n")}\n`, env: { HOME: home } });
}

/** Runs shell commands with the remote directory's parent mounted; `$m` is the directory. */
async function sshfsDoes(connection: Connection, remote: string, script: string): Promise<string> {
	const { sshd, port, user, home } = connection;
	const mountPoint = mkdtempSync(join(home, "mount-"));
	let printed = "";
	await withSshfs({ sshd, port, user, remote: join(remote, ".."), mountPoint }, async () => {
		const at = `m='${mountPoint}/${remote.slice(remote.lastIndexOf("/") + 1)}'`;
		printed = await mustRun("sh", ["-ec", `${at}; ${script}`]);
	});
	return printed;
}

/** The third and fourth columns of a long listing, without its total. */
const ownersIn = (listing: string): readonly string[] =>
	listing
		.split("\n")
		.filter((line) => /^[-d][rwx-]{9}/.test(line))
		.map((line) => line.split(/ +/).slice(2, 4).join(":"));

function startRaw(connection: Connection): Promise<ServerSession> {
	return ServerSession.start(["ssh", ...options(connection), "-s", `${connection.user}@127.0.0.1`, "sftp"]);
}

const CLIENTS: readonly Client[] = [
	{
		name: "sftp put -p",
		packages: [],
		setsModes: "all",
		async upload(connection, local, remote) {
			await sftpDoes(connection, `put -Rp ${local} ${remote}`);
		},
		owners: async (connection, remote) => ownersIn(await sftpDoes(connection, `ls -la ${remote}`)),
	},
	{
		name: "scp -p",
		packages: [],
		setsModes: "all",
		async upload(connection, local, remote) {
			const words = [...options(connection), "-s", "-rp", local, `${connection.user}@127.0.0.1:${remote}`];
			await mustRun("scp", words);
		},
	},
	{
		name: "rclone",
		packages: ["rclone"],
		setsModes: "none",
		async upload({ sshd, port, user, home }, local, remote) {
			const env = {
				HOME: home,
				RCLONE_CONFIG: join(home, "rclone.conf"),
				RCLONE_CONFIG_E_TYPE: "sftp",
				RCLONE_CONFIG_E_HOST: "127.0.0.1",
				RCLONE_CONFIG_E_PORT: String(port),
				RCLONE_CONFIG_E_USER: user,
				RCLONE_CONFIG_E_KEY_FILE: sshd.keyFile,
				RCLONE_CONFIG_E_KNOWN_HOSTS_FILE: sshd.knownHostsFile,
				RCLONE_CONFIG_E_DISABLE_HASHCHECK: "true",
				RCLONE_CONFIG_E_SHELL_TYPE: "none",
			};
			await mustRun("rclone", ["copy", local, `e:${remote}`, "--retries=1"], { env });
		},
	},
	{
		/* As WinSCP does: a name of its own at first, all attributes by path and by handle, then the name. */
		name: "a client like WinSCP",
		packages: [],
		setsModes: "all",
		async upload(connection, local, remote) {
			const session = await startRaw(connection);
			const times = [OLD_SECONDS, OLD_SECONDS] as const;
			const part = `${remote}/file.filepart`;
			const asked = attrs({ mode: FILE_MODE, times });
			const OK = status(0);
			assert.deepEqual(await session.ask(FXP.MKDIR, remote, attrs({ mode: DIRECTORY_MODE })), OK);
			const flags = FXF.WRITE | FXF.CREAT | FXF.TRUNC;
			const handle = await session.open(FXP.OPEN, part, flags, attrs({ mode: FILE_MODE }));
			for (const reply of await session.askAll([
				[FXP.WRITE, handle, 0n, readFileSync(join(local, "file"))],
				[FXP.FSETSTAT, handle, asked],
				[FXP.CLOSE, handle],
				[FXP.SETSTAT, part, asked],
				[FXP.RENAME, part, `${remote}/file`],
				[FXP.SETSTAT, remote, attrs({ mode: DIRECTORY_MODE, times })],
			]))
				assert.deepEqual(reply, OK);
			await session.stop();
		},
		async owners(connection, remote) {
			const session = await startRaw(connection);
			const directory = await session.open(FXP.OPENDIR, remote);
			const reply = await session.ask(FXP.READDIR, directory);
			assert.ok(reply.kind === "names");
			await session.stop();
			return ownersIn(reply.names.map(({ longname }) => longname).join("\n"));
		},
	},
	{
		/* Run by root, to whom the local files belong. */
		name: "cp -p through sshfs",
		packages: ["sshfs"],
		setsModes: "all",
		async upload(connection, local, remote, owners) {
			const preserve = `mode,timestamps${owners ? ",ownership" : ""}`;
			await sshfsDoes(
				connection,
				remote,
				`cp -r --preserve=${preserve} ${local} "$m"; cmp ${local}/file "$m/file"`,
			);
		},
		owners: async (connection, remote) => ownersIn(await sshfsDoes(connection, remote, 'ls -la "$m"')),
	},
	{
		name: "lftp mirror -R",
		packages: ["lftp"],
		setsModes: "files",
		async upload(connection, local, remote) {
			await lftpDoes(connection, `mirror -R --no-umask ${local} ${remote}`);
		},
		owners: async (connection, remote) => ownersIn(await lftpDoes(connection, `ls ${remote}`)),
	},
];

/** The expected state of the disk after an upload. */
interface Outcome {
	readonly fileMode: number;
	readonly directoryMode: number;
	readonly keepsTimes: boolean;
	readonly hasForcedGroup: boolean;
}

interface RuleSet {
	readonly name: string;
	readonly ignoresOwners?: true;
	/** `group` is one that the user is in. */
	options(group: string): string;
	outcome(client: Client): Outcome;
}

/** The outcome without rules; the umask is 022. */
const asAsked = ({ setsModes }: Client): Outcome => ({
	fileMode: setsModes === "none" ? 0o644 : FILE_MODE,
	directoryMode: setsModes === "all" ? DIRECTORY_MODE : 0o755,
	keepsTimes: true,
	hasForcedGroup: false,
});

const RULE_SETS: readonly RuleSet[] = [
	{ name: "no rules", options: () => "", outcome: asAsked },
	{
		name: "forced modes",
		options: () => "-m 0640 -M 0750",
		outcome: (client) => ({ ...asAsked(client), fileMode: 0o640, directoryMode: 0o750 }),
	},
	{
		name: "default modes",
		options: () => "--default-file-mode=0600 --default-directory-mode=0700",
		outcome: (client) => ({
			...asAsked(client),
			...(client.setsModes === "none" ? { fileMode: 0o600 } : {}),
			...(client.setsModes === "all" ? {} : { directoryMode: 0o700 }),
		}),
	},
	{
		name: "a mask of modes",
		options: () => "--mode-mask=0027",
		outcome: (client) => ({
			...asAsked(client),
			fileMode: 0o640,
			directoryMode: client.setsModes === "all" ? 0o710 : 0o750,
		}),
	},
	{
		name: "ignored attributes",
		ignoresOwners: true,
		options: () => "--ignore-attributes=mode,owner,times -u 077",
		outcome: (client) => ({ ...asAsked(client), fileMode: 0o600, directoryMode: 0o700, keepsTimes: false }),
	},
	{
		name: "a forced group",
		options: (group) => `--force-group=${group}`,
		outcome: (client) => ({ ...asAsked(client), hasForcedGroup: true }),
	},
	{
		name: "a forced group and forced modes",
		options: (group) => `--force-group=${group} -m 0660 -M 0770`,
		outcome: (client) => ({
			...asAsked(client),
			fileMode: 0o660,
			directoryMode: 0o770,
			hasForcedGroup: true,
		}),
	},
];
const HIDDEN = "--hide-owners";

describe("rules about attributes, through sshd", { skip }, () => {
	const surroundings = new Surroundings();
	const { directory, server } = surroundings;
	const local = join(directory, "local");
	let sshd: Sshd;
	let sender: Account;
	let group: { readonly name: string; readonly gid: number };
	before(async () => {
		sender = await surroundings.account();
		const made = await surroundings.group();
		await made.add(sender);
		const gid = Number((await mustRun("getent", ["group", made.name])).split(":")[2]);
		group = { name: made.name, gid };
		mkdirSync(local);
		writeFileSync(join(local, "file"), CONTENT);
		for (const [path, mode] of [
			[join(local, "file"), FILE_MODE],
			[local, DIRECTORY_MODE],
		] as const) {
			chmodSync(path, mode);
			utimesSync(path, OLD_SECONDS, OLD_SECONDS);
		}
		const commands = [...RULE_SETS.map((rules) => rules.options(group.name)), HIDDEN];
		sshd = await surroundings.sshd({
			subsystem: server.line,
			portCount: commands.length,
			config: (ports) =>
				commands.flatMap((command, i) => [
					`Match LocalPort ${ports[i]}`,
					`ForceCommand ${server.line} ${command}`,
				]),
		});
	});
	after(() => surroundings.close());

	const connection = (index: number): Connection => ({
		sshd,
		port: sshd.ports[index] ?? 0,
		user: sender.name,
		home: directory,
	});

	for (const [index, rules] of RULE_SETS.entries())
		for (const client of CLIENTS)
			test(`${client.name}: ${rules.name}`, { skip: unlessInstalled(...client.packages) }, async () => {
				const remote = join(sender.home, `${index}-${client.name.replaceAll(" ", "-")}`);
				await client.upload(connection(index), local, remote, rules.ignoresOwners ?? false);
				const { fileMode, directoryMode, keepsTimes, hasForcedGroup } = rules.outcome(client);
				const [file, made] = [statSync(join(remote, "file")), lstatSync(remote)];
				assert.equal(readFileSync(join(remote, "file"), "utf8"), CONTENT);
				const octal = (mode: number) => (mode & 0o7777).toString(8);
				assert.deepEqual([octal(file.mode), octal(made.mode)], [octal(fileMode), octal(directoryMode)]);
				assert.equal(file.mtimeMs === 1000 * OLD_SECONDS, keepsTimes, String(file.mtime));
				const gid = hasForcedGroup ? group.gid : sender.gid;
				assert.deepEqual([file.uid, file.gid, made.gid], [sender.uid, gid, gid]);
			});

	for (const client of CLIENTS) {
		const { owners } = client;
		if (owners === undefined) continue;
		test(`${client.name}: hidden owners`, { skip: unlessInstalled(...client.packages) }, async () => {
			const remote = join(sender.home, `hidden-${client.name.replaceAll(" ", "-")}`);
			mkdirSync(remote);
			writeFileSync(join(remote, "of-others"), "");
			chownSync(join(remote, "of-others"), 1, 2);
			const primary = (await mustRun("id", ["-gn", sender.name])).trim();
			const shown = await owners(connection(RULE_SETS.length), remote);
			assert.ok(shown.length > 0);
			assert.deepEqual([...new Set(shown)], [`${sender.name}:${primary}`]);
		});
	}
});
