/*
 * node test/run.mjs [--fast] [FILE or FOLDER ...]: bundles the named *.test.ts files,
 * or all of them, and runs each in a process of its own under guard.c, which limits
 * its time and ends whatever it leaves running. The tests' working directory is the
 * repository. Reports at the end what was skipped, and why.
 *
 * --fast runs the linter and the type checker too. It leaves out tests that need root
 * or another program and those of LEFT_OUT, and runs the others in a few processes.
 */
import { spawn, spawnSync } from "node:child_process";
import { accessSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { bundle, bundleTogether, output, root } from "./helpers/bundle.mjs";
import { hideMachineConfig } from "./helpers/machine-config.mjs";

/** The longest file takes two minutes; a machine may be slow, and busy. */
const FILE_SECONDS = 900;
const FILES_AT_A_TIME = 2;
/** Processes of a fast run: starting one for each file would take longer than most tests. */
const SHARED_PROCESSES = 6;
/** Each of them waits for a server most of the time, so they run together. */
const SHARED_AT_A_TIME = 4;
/** These change their process, so that other tests can't run in it: its signals, its pinned memory. */
const ALONE = ["test/server/finish.test.ts", "test/server/stat-run.test.ts"];
/** These compile, install or package; fast runs leave them out. */
const LEFT_OUT = [
	...["hardened-addon", "install-system", "launcher", "npm-package", "packages"].map(
		(name) => `test/package/${name}.test.ts`,
	),
];
/** The commands of `npm run check`, with the type checker's results kept for the next fast run. */
const CHECKS = [
	["biome", "check", "--error-on-warnings", "."],
	["tsc", "--incremental", "--tsBuildInfoFile", "node_modules/.cache/tsc.tsbuildinfo"],
].map(([name, ...args]) => ({ name, command: [join(root, "node_modules/.bin", name), ...args] }));

hideMachineConfig();
const scratch = mkdtempSync(join(tmpdir(), "sftp-run-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

let isInterrupted = false;
const args = process.argv.slice(2);
const isFast = args[0] === "--fast";
const files = testFiles(isFast ? args.slice(1) : args);
requireBuild();
const guard = compileGuard();
const started = performance.now();
const results = await runAll(isFast ? [...CHECKS, ...(await sharing())] : await eachFile(files));
process.exitCode = report(results) ? 0 : 1;

function testFiles(names) {
	const named = names.length > 0 ? names.map((name) => resolve(name)) : [join(root, "test")];
	const found = named.flatMap((name) =>
		statSync(name).isDirectory()
			? readdirSync(name, { recursive: true })
					.filter((entry) => entry.endsWith(".test.ts"))
					.sort()
					.map((entry) => join(name, entry))
			: [name],
	);
	if (found.length === 0) giveUp(`no tests in ${named.join(", ")}`);
	return found;
}

async function eachFile(paths) {
	const bundles = await bundle(paths);
	return paths.map((path, i) => ({ name: relative(root, path), script: bundles[i] }));
}

/** Deals the files out to a few bundles; those that must run alone come last. */
async function sharing() {
	const isOneOf = (list) => (path) => list.includes(relative(root, path));
	const all = files.filter((path) => !isOneOf(LEFT_OUT)(path));
	const shared = all.filter((path) => !isOneOf(ALONE)(path));
	const groups = Array.from({ length: SHARED_PROCESSES }, (_, group) =>
		shared.filter((_, i) => i % SHARED_PROCESSES === group),
	).filter((group) => group.length > 0);
	const bundles = await bundleTogether(groups, "fast");
	return [
		...bundles.map((script, i) => ({ name: `shared process ${i + 1}`, script })),
		...(await eachFile(all.filter(isOneOf(ALONE)))),
	];
}

function requireBuild() {
	for (const name of ["dist/posix.node", "dist/sftp-server.cjs"])
		try {
			accessSync(join(root, name));
		} catch {
			giveUp(`${name} is missing: run npm ci, or npm run build`);
		}
}

function compileGuard() {
	const program = join(scratch, "guard");
	const source = join(root, "test/helpers/guard.c");
	const { status, error, stderr } = spawnSync(
		"cc",
		["-std=c17", "-D_GNU_SOURCE", "-O2", "-o", program, source],
		{ encoding: "utf8" },
	);
	if (status !== 0) giveUp(`the tests need a C compiler: ${error?.message ?? stderr.trim()}`);
	return program;
}

function giveUp(reason) {
	process.stderr.write(`run: ${reason}\n`);
	process.exit(1);
}

/** Runs the files, some at a time; each one's output appears whole when it has ended. */
async function runAll(queue) {
	const done = [];
	const running = new Set();
	for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
		process.on(signal, () => {
			for (const child of running) child.kill("SIGTERM");
			queue.length = 0;
			isInterrupted = true;
		});
	const lane = async () => {
		for (let next = queue.shift(); next !== undefined; next = queue.shift())
			done.push(await runFile(next, running));
	};
	await Promise.all(Array.from({ length: isFast ? SHARED_AT_A_TIME : FILES_AT_A_TIME }, lane));
	return done;
}

/** Runs a file's bundle under node's test runner, or a check's command. */
function runFile({ name, script, command }, running) {
	const tallyFile = join(scratch, `${name.replaceAll("/", "-")}.json`);
	const shown = process.stdout.isTTY ? "spec" : "tap";
	const nodeArgs = [
		...["--enable-source-maps", `--test-reporter=${shown}`, "--test-reporter-destination=stdout"],
		...[`--test-reporter=${join(root, "test/helpers/tally.mjs")}`],
		`--test-reporter-destination=${tallyFile}`,
	];
	const run = command ?? [process.execPath, ...nodeArgs, script];
	const child = spawn(guard, [String(FILE_SECONDS), ...run], {
		cwd: root,
		stdio: ["ignore", "pipe", "pipe"],
		env: {
			...process.env,
			/* Every node would read the certificates at its start; no test needs them. */
			NODE_EXTRA_CA_CERTS: undefined,
			SFTP_TEST_OUTPUT: output,
			...(isFast ? { SFTP_TEST_FAST: "1" } : {}),
		},
	});
	running.add(child);
	const begun = performance.now();
	let text = "";
	for (const stream of [child.stdout, child.stderr])
		stream.setEncoding("utf8").on("data", (piece) => {
			text += piece;
		});
	return new Promise((resolve) => {
		child.on("close", (status) => {
			running.delete(child);
			const seconds = ((performance.now() - begun) / 1000).toFixed(1);
			process.stdout.write(`# ${name}: ${seconds} s\n${withoutCounts(text)}`);
			resolve({ name, status, ...readTally(tallyFile) });
		});
	});
}

/** A file that died has no tally; it counts as one failed test. */
function readTally(file) {
	try {
		return JSON.parse(readFileSync(file, "utf8"));
	} catch {
		return { counts: {}, skips: {}, failures: [] };
	}
}

/** The counts at the end of a file's output would be taken for those of the run. */
function withoutCounts(text) {
	return text
		.replace(/^(?:#|ℹ) (?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+\n/gm, "")
		.replace(/^TAP version \d+\n/m, "");
}

/** Says how it went; returns whether all is well. */
function report(all) {
	const counts = { tests: 0, suites: 0, pass: 0, fail: 0, cancelled: 0, skipped: 0, todo: 0 };
	const skips = new Map();
	const failures = [];
	for (const { name, status, counts: own, skips: reasons, failures: failed } of all) {
		for (const [what, count] of Object.entries(own)) counts[what] += count;
		for (const [reason, count] of Object.entries(reasons))
			skips.set(reason, (skips.get(reason) ?? 0) + count);
		for (const failure of failed) failures.push(`${name}: ${failure}`);
		if (status !== 0 && failed.length === 0) {
			counts.tests++;
			counts.fail++;
			failures.push(`${name}: ended with status ${status}`);
		}
	}
	const say = (line) => process.stdout.write(`# ${line}\n`);
	for (const failure of failures) say(`failed: ${failure}`);
	for (const [reason, count] of [...skips].sort()) say(`skipped ${count}: ${reason}`);
	for (const [what, count] of Object.entries(counts)) say(`${what} ${count}`);
	say(`duration_ms ${(performance.now() - started).toFixed(0)}`);
	return failures.length === 0 && !isInterrupted;
}
