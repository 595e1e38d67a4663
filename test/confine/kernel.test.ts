/*
 * The kernel's part of --confine alone, in a program that makes system calls directly,
 * like a server that an attacker has taken over.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { it } from "node:test";
import { snapshotTree } from "../helpers/tree-snapshot.ts";
import { Jail } from "./jail.ts";
import type { LandlockReport } from "./landlocked.ts";

const NO_TIME_IS_RECENT = { recentSinceMilliseconds: Number.POSITIVE_INFINITY };

/** Landlock returns EXDEV where it refuses only to move and link between directories. */
function assertRefused(outcomes: Readonly<Record<string, string>>): void {
	for (const [what, code] of Object.entries(outcomes)) {
		const codes = /^(rename|link) /.test(what) ? ["EACCES", "EXDEV"] : ["EACCES"];
		assert.ok(codes.includes(code), `${what}: ${code}`);
	}
}

function listening(server: Server): Promise<Server> {
	return new Promise((resolve) => server.on("listening", () => resolve(server)));
}

it("Landlock alone confines every thread, and lets the server look up users", async (test) => {
	const jail = await Jail.make(test, { name: "the tests' own" });
	const { base, inside, outside } = jail;
	const readOnly = join(base, "read-only");
	for (const directory of [outside, readOnly]) {
		jail.directory(join(directory, "empty"));
		jail.file(join(directory, "secret"), "secret");
	}
	writeFileSync(join(inside, "program"), "#!/bin/true\n");
	chmodSync(join(inside, "program"), 0o755);
	const trees = () => [outside, readOnly].flatMap((path) => snapshotTree(path, NO_TIME_IS_RECENT));
	const before = trees();
	const script = ["test/helpers/run-script.mjs", "test/confine/landlocked.ts", inside, outside, readOnly];
	const socketName = `landlocked-${process.pid}`;
	const local = await listening(createServer().listen(`\0${socketName}`));
	const remote = await listening(createServer().listen(0, "127.0.0.1"));
	test.after(() => [local, remote].map((server) => server.close()));
	const port = String((remote.address() as AddressInfo).port);
	const printed = execFileSync(process.execPath, [...script, socketName, port], { encoding: "utf8" });
	const report: LandlockReport = JSON.parse(printed);
	assert.equal(report.failure, null);
	assertRefused(report.outside);
	assertRefused(report.readOnly);
	for (const [what, code] of Object.entries(report.inside)) assert.equal(code, "ok", what);
	assert.deepEqual(report.threads, Array(9).fill("EACCES"));
	assert.deepEqual(trees(), before);
	const scoped = report.abi >= 6 ? "EPERM" : "ok";
	assert.deepEqual(report.others, {
		signal: scoped,
		"abstract socket": scoped,
		"TCP connection": report.abi >= 4 ? "EACCES" : "ok",
	});
	assert.deepEqual(report.names, ["root", "root", "nobody", null]);
});
