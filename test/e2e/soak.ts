/*
 * A day of traffic in miniature: many sessions at a time from a mix of clients,
 * each uploading random files and downloading them again; every byte compared.
 * node test/helpers/run-script.mjs test/e2e/soak.ts [--sessions N] [--seconds S] [--seed SEED]
 */
import { chownSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Random } from "../differential/random.ts";
import { canMakeAccounts } from "../helpers/accounts.ts";
import type { Sshd } from "../helpers/sshd.ts";
import { sha256 } from "../helpers/tree-snapshot.ts";
import { type Login, ownLogin, Surroundings } from "./setup.ts";
import { type Job, SOAK_CLIENTS } from "./soak-clients.ts";

const ORIGINALS = 90;
const FILE_BYTES_MAX = 4 * 1024 * 1024;
// Enough that sessions spend their time in transfers, not in ssh's key exchange, and so overlap.
const FILES_PER_SESSION_MIN = 20;
const FILES_PER_SESSION_MAX = 60;
const SAMPLE_MILLISECONDS = 2000;

/** The soak's counts. */
interface Tally {
	readonly sessions: Map<string, number>;
	files: number;
	bytes: number;
	readonly failures: string[];
}

/** Files of 0 to 4 MiB, most of them small. Returns each one's checksum by name. */
function plantOriginals(directory: string, random: Random): Map<string, string> {
	mkdirSync(directory, { mode: 0o755 });
	const sums = new Map<string, string>();
	for (let index = 0; index < ORIGINALS; index += 1) {
		const bytes = Buffer.alloc(index === 0 ? 0 : Math.floor(FILE_BYTES_MAX ** (random.below(1000) / 1000)));
		for (let offset = 0; offset + 4 <= bytes.length; offset += 4) bytes.writeUInt32LE(random.bits(), offset);
		const name = `original-${String(index).padStart(2, "0")}`;
		writeFileSync(join(directory, name), bytes);
		sums.set(name, sha256(bytes));
	}
	return sums;
}

async function oneSession(
	job: Job,
	client: string,
	sums: ReadonlyMap<string, string>,
	tally: Tally,
): Promise<void> {
	for (const name of ["local", "remote", "home"]) mkdirSync(join(job.directory, name), { recursive: true });
	await SOAK_CLIENTS.get(client)?.(job);
	for (const side of ["remote", "local"])
		for (const name of job.names) {
			const bytes = readFileSync(join(job.directory, side, name));
			if (sha256(bytes) !== sums.get(name)) throw new Error(`${side}/${name}: ${bytes.length} bytes differ`);
			tally.files += 1;
			tally.bytes += bytes.length;
		}
	tally.sessions.set(client, (tally.sessions.get(client) ?? 0) + 1);
	rmSync(job.directory, { recursive: true });
}

/** How many processes run the server now, and the peak memory of the largest (KiB). */
function sampleServers(commandWord: string): { readonly count: number; readonly peakKibibytes: number } {
	let count = 0;
	let peakKibibytes = 0;
	for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
		const [words, status] = ["cmdline", "status"].map((name) => readIfThere(`/proc/${entry}/${name}`));
		// A shell that has not yet become the server has the word in its script.
		if (!words?.split("\0").includes(commandWord)) continue;
		count += 1;
		peakKibibytes = Math.max(peakKibibytes, Number(/VmHWM:\s+(\d+)/.exec(status ?? "")?.[1] ?? 0));
	}
	return { count, peakKibibytes };
}

function readIfThere(path: string): string | undefined {
	try {
		return readFileSync(path, "latin1");
	} catch {
		return undefined;
	}
}

async function soak(sessions: number, seconds: number, seed: number): Promise<Tally> {
	const random = new Random(seed);
	const surroundings = new Surroundings();
	const tally: Tally = { sessions: new Map(), files: 0, bytes: 0, failures: [] };
	const peak = { count: 0, peakKibibytes: 0 };
	const word = surroundings.server.line.split(" ").at(-1) ?? "";
	const sampling = setInterval(() => {
		const now = sampleServers(word);
		peak.count = Math.max(peak.count, now.count);
		peak.peakKibibytes = Math.max(peak.peakKibibytes, now.peakKibibytes);
	}, SAMPLE_MILLISECONDS);
	try {
		const sshd = await surroundings.sshd({ subsystem: surroundings.server.line });
		const logins = canMakeAccounts
			? [await surroundings.account(), await surroundings.account()]
			: [ownLogin()];
		const originals = join(surroundings.directory, "originals");
		const sums = plantOriginals(originals, random);
		const end = Date.now() + seconds * 1000;
		let started = 0;
		const worker = async () => {
			while (Date.now() < end) {
				started += 1;
				const { job, client } = draw(started, sshd, logins, originals, surroundings.directory, random);
				await oneSession(job, client, sums, tally).catch((error: unknown) => {
					tally.failures.push(`session ${started}, ${client}, ${job.directory}: ${String(error)}`);
				});
			}
		};
		await Promise.all(Array.from({ length: sessions }, worker));
	} finally {
		clearInterval(sampling);
		await surroundings.close();
	}
	console.log(
		`at most ${peak.count} servers at a time, ${(peak.peakKibibytes / 1024).toFixed(1)} MiB the largest`,
	);
	return tally;
}

function draw(
	number: number,
	sshd: Sshd,
	logins: readonly Login[],
	originals: string,
	directory: string,
	random: Random,
): { readonly job: Job; readonly client: string } {
	const clients = [...SOAK_CLIENTS.keys()];
	const client = clients[random.below(clients.length)] ?? "sftp";
	const login = logins[random.below(logins.length)] ?? ownLogin();
	const names = new Set<string>();
	for (let count = random.between(FILES_PER_SESSION_MIN, FILES_PER_SESSION_MAX); count > 0; count -= 1)
		names.add(`original-${String(random.below(ORIGINALS)).padStart(2, "0")}`);
	const own = join(directory, `session-${number}`);
	mkdirSync(join(own, "remote"), { recursive: true });
	chownSync(join(own, "remote"), login.uid, login.gid);
	return { job: { sshd, user: login.name, directory: own, originals, names: [...names] }, client };
}

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			sessions: { type: "string", default: "200" },
			seconds: { type: "string", default: "600" },
			seed: { type: "string", default: "1" },
		},
	});
	const { sessions, seconds, seed } = values;
	console.log(
		`${sessions} sessions at a time for ${seconds} s, seed ${seed}, ${availableParallelism()} processors`,
	);
	const start = performance.now();
	const tally = await soak(Number(sessions), Number(seconds), Number(seed));
	for (const [client, count] of [...tally.sessions].sort()) console.log(`${client}: ${count} sessions`);
	const total = [...tally.sessions.values()].reduce((sum, count) => sum + count, 0);
	const elapsed = (performance.now() - start) / 1000;
	console.log(
		`${total} sessions, ${tally.files} files and ${(tally.bytes / 2 ** 30).toFixed(2)} GiB compared, ` +
			`${tally.failures.length} failures, ${elapsed.toFixed(0)} s`,
	);
	for (const failure of tally.failures.slice(0, 20)) console.log(failure);
	if (total === 0 || tally.failures.length > 0) process.exitCode = 1;
}

void main();
