/*
 * node test/run.mjs [FILE or FOLDER ...]: bundles the *.test.ts files named, or
 * all of them, and runs each in a process of its own under guard.c: it has a time
 * limit, and nothing that it has started outlives it. The tests' working
 * directory is the repository. Says at the end what was skipped, and why.
 */
import { spawn, spawnSync } from "node:child_process";
import { accessSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { bundle, output, root } from "./helpers/bundle.mjs";
import { hideMachineConfig } from "./helpers/machine-config.mjs";

/** The longest file takes two minutes; a machine may be slow, and busy. */
const FILE_SECONDS = 900;
const FILES_AT_A_TIME = 2;

hideMachineConfig();
const scratch = mkdtempSync(join(tmpdir(), "sftp-run-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

const files = testFiles(process.argv.slice(2));
requireBuild();
const guard = compileGuard();
const bundles = await bundle(files);
const started = performance.now();
const results = await runAll(files.map((file, i) => ({ name: relative(root, file), bundle: bundles[i] })));
process.exitCode = report(results) ? 0 : 1;

function testFiles(args) {
	const named = args.length > 0 ? args.map((name) => resolve(name)) : [join(root, "test")];
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
			process.exitCode = 1;
		});
	const lane = async () => {
		for (let next = queue.shift(); next !== undefined; next = queue.shift())
			done.push(await runFile(next, running));
	};
	await Promise.all(Array.from({ length: FILES_AT_A_TIME }, lane));
	return done;
}

function runFile({ name, bundle: script }, running) {
	const tallyFile = join(scratch, `${name.replaceAll("/", "-")}.json`);
	const shown = process.stdout.isTTY ? "spec" : "tap";
	const args = [
		...["--enable-source-maps", `--test-reporter=${shown}`, "--test-reporter-destination=stdout"],
		...[`--test-reporter=${join(root, "test/helpers/tally.mjs")}`],
		...[`--test-reporter-destination=${tallyFile}`, "--require", join(root, "test/helpers/at-end.cjs")],
	];
	const child = spawn(guard, [String(FILE_SECONDS), process.execPath, ...args, script], {
		cwd: root,
		stdio: ["ignore", "pipe", "pipe"],
		env: { ...process.env, SFTP_TEST_OUTPUT: output },
	});
	running.add(child);
	let text = "";
	for (const stream of [child.stdout, child.stderr])
		stream.setEncoding("utf8").on("data", (piece) => {
			text += piece;
		});
	return new Promise((resolve) => {
		child.on("close", (status) => {
			running.delete(child);
			process.stdout.write(`# ${name}\n${withoutCounts(text)}`);
			resolve({ name, status, ...readTally(tallyFile) });
		});
	});
}

/** A file that has died tells nothing: it is one test that failed. */
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
	return failures.length === 0 && all.length === files.length;
}
