/*
 * ssh2-sftp-client from npm, in this process: every call, valid and invalid, with its
 * result or the message of its error.
 */
import { mkdirSync, readFileSync } from "node:fs";
import Client from "ssh2-sftp-client";
import { RECENT_DATE } from "../../helpers/recent-date.ts";
import { sha256 } from "../../helpers/tree-snapshot.ts";
import { assertBig, type Scenario, type Stage, type Transcript } from "./scenario.ts";

export const ssh2: Scenario = {
	name: "ssh2-sftp-client",
	packages: [],
	showsServerTexts: true,
	masks: [[RECENT_DATE, "NOW"]],
	async run(stage, transcript) {
		const client = new Client();
		await client.connect({
			host: "127.0.0.1",
			port: stage.port,
			username: stage.user,
			privateKey: readFileSync(stage.sshd.keyFile),
			hostVerifier: (key) =>
				readFileSync(stage.sshd.knownHostsFile, "latin1").includes(key.toString("base64")),
		});
		try {
			const steps = { ...looking(client, stage), ...changing(client, stage), ...moving(client, stage) };
			for (const [title, step] of Object.entries(steps)) await show(transcript, title, step);
			for (const file of ["local/fast", "remote/fast"]) assertBig(stage, `${stage.directory}/${file}`);
		} finally {
			await client.end();
		}
	},
};

type Steps = Record<string, () => Promise<unknown>>;

async function show(transcript: Transcript, title: string, step: () => Promise<unknown>): Promise<void> {
	const result = await step().catch((error: unknown) => ({ error: String(error) }));
	transcript.note(`${title} -> ${Buffer.isBuffer(result) ? sha256(result) : JSON.stringify(result)}`);
}

function looking(client: Client, { served }: Stage): Steps {
	const at = (name: string) => `${served.remote}/${name}`;
	// The times of files made during the run are ignored; the tree is compared afterwards.
	const list = async (path: string) =>
		(await client.list(path)).map((entry) => ({ ...entry, modifyTime: 0, accessTime: 0 }));
	const stat = async (path: string) => ({ ...(await client.stat(path)), accessTime: 0 });
	const lstat = async (path: string) => ({ ...(await client.lstat(path)), accessTime: 0 });
	return {
		cwd: async () => (await client.cwd()).length > 0,
		realPath: () => client.realPath(at("tree/../dirlink/a")),
		"realPath of nothing": () => client.realPath(at("nowhere/x")),
		"exists, a file": () => client.exists(at("plain.txt")),
		"exists, a directory": () => client.exists(at("tree")),
		"exists, a link": () => client.exists(at("link")),
		"exists, nothing": () => client.exists(at("nowhere")),
		stat: () => stat(at("link")),
		"stat of nothing": () => stat(at("dangling")),
		lstat: () => lstat(at("link")),
		list: () => list(at("")),
		"list odd": () => list(at("odd")),
		"list nothing": () => list(at("nowhere")),
		"list a file": () => list(at("plain.txt")),
		"list many": async () => (await list(served.manyDirectory)).length,
		get: () => client.get(at("plain.txt")),
		"get nothing": () => client.get(at("nowhere")),
		"get a directory": () => client.get(at("tree")),
		"get emoji": () => client.get(at("odd/emoji-\u{1f600}")),
		"get newline": () => client.get(at("odd/new\nline")),
		"get large": () => client.get(at("sizes/1048576")),
	};
}

function changing(client: Client, { served }: Stage): Steps {
	const at = (name: string) => `${served.remote}/${name}`;
	return {
		mkdir: () => client.mkdir(at("made")),
		"mkdir again": () => client.mkdir(at("made")),
		"mkdir nowhere": () => client.mkdir(at("no/where")),
		"mkdir recursive": () => client.mkdir(at("a/b/c"), true),
		rmdir: () => client.rmdir(at("made")),
		"rmdir nothing": () => client.rmdir(at("made")),
		"rmdir full": () => client.rmdir(at("a")),
		"rmdir recursive": () => client.rmdir(at("a"), true),
		put: () => client.put(Buffer.from("put"), at("put.txt")),
		"put exclusive": () =>
			client.put(Buffer.from("x"), at("put.txt"), { writeStreamOptions: { flags: "wx" } }),
		"put nowhere": () => client.put(Buffer.from("x"), at("no/where")),
		"put on a directory": () => client.put(Buffer.from("x"), at("tree")),
		append: () => client.append(Buffer.from(" more"), at("put.txt")),
		"get appended": () => client.get(at("put.txt")),
		chmod: () => client.chmod(at("put.txt"), 0o640),
		"chmod nothing": () => client.chmod(at("nowhere"), 0o640),
		rename: () => client.rename(at("put.txt"), at("renamed.txt")),
		"rename onto another": () => client.rename(at("renamed.txt"), at("plain.txt")),
		"rename nothing": () => client.rename(at("nowhere"), at("x")),
		posixRename: () => client.posixRename(at("renamed.txt"), at("plain.txt")),
		"posixRename onto a full directory": () => client.posixRename(at("tree"), at("modes")),
		rcopy: () => client.rcopy(at("plain.txt"), at("copied.txt")),
		"rcopy again": () => client.rcopy(at("plain.txt"), at("copied.txt")),
		delete: () => client.delete(at("copied.txt")),
		"delete nothing": () => client.delete(at("copied.txt")),
		"delete a directory": () => client.delete(at("tree")),
	};
}

function moving(client: Client, { remote, served, local, bigFile }: Stage): Steps {
	mkdirSync(`${local}/modes`);
	return {
		downloadDir: () => client.downloadDir(`${served.remote}/tree`, `${local}/tree`),
		uploadDir: () => client.uploadDir(`${local}/tree`, `${served.remote}/up-tree`),
		// Not for the big file: one request at a time, each delayed 40 ms by sshd's Nagle algorithm.
		"put by a stream": () => client.put(`${remote}/sizes/261121`, `${served.remote}/up`),
		"get by a stream": () => client.get(`${served.remote}/sizes/261121`, `${local}/down`),
		"fastPut big": () => client.fastPut(bigFile, `${served.remote}/fast`),
		"fastGet big": () => client.fastGet(`${served.remote}/fast`, `${local}/fast`),
	};
}
