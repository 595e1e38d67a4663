// npm run bench: how fast this server is beside others, on this machine, in one
// run. Prints tables; writes dist/bench/results.json and results.svg.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFixtures } from "./fixtures.ts";
import { describeMachine } from "./machine.ts";
import { measureWorkload, type Result } from "./measure.ts";
import { compilePrograms } from "./native.ts";
import { type Options, parseOptions, usage } from "./options.ts";
import { memory, toRow } from "./rows.ts";
import { findServers } from "./servers.ts";
import { draw } from "./svg.ts";
import { countSystemCalls } from "./syscalls.ts";
import { report } from "./table.ts";
import { bulkWorkloads } from "./workloads/bulk.ts";
import { clientWorkloads } from "./workloads/client.ts";
import { metadataWorkloads } from "./workloads/metadata.ts";
import { slowWorkloads } from "./workloads/slow.ts";
import { startupWorkloads } from "./workloads/startup.ts";
import { sshdWorkloads } from "./workloads/through-sshd.ts";
import type { Context, Workload } from "./workloads/workload.ts";

function allWorkloads(context: Context): Workload[] {
	return [
		...startupWorkloads(context),
		...bulkWorkloads(context),
		...metadataWorkloads(context),
		...clientWorkloads(context),
		...sshdWorkloads(context),
		...slowWorkloads(context),
	];
}

async function measureAll(workloads: readonly Workload[], pairs: number): Promise<Result[]> {
	const results: Result[] = [];
	for (const workload of workloads) {
		const started = performance.now();
		results.push(await measureWorkload(workload, pairs));
		const seconds = ((performance.now() - started) / 1000).toFixed(1);
		process.stderr.write(`${workload.name}: ${seconds} s\n`);
	}
	return results;
}

async function run(options: Options): Promise<void> {
	const programs = compilePrograms();
	const servers = findServers(options);
	const fixtures = makeFixtures(options, programs.load);
	const context: Context = { options, programs, servers, fixtures, closers: [] };
	try {
		const workloads = allWorkloads(context);
		const wanted = workloads.filter(
			({ name }) => options.only.length === 0 || options.only.some((part) => name.includes(part)),
		);
		if (options.list) {
			process.stdout.write(`${workloads.map(({ name }) => name).join("\n")}\n`);
			return;
		}
		if (programs.slowfs === undefined)
			process.stderr.write("no slow storage: install libfuse3-dev, fuse3 and pkg-config\n");
		const machine = describeMachine(fixtures.files, fixtures.names);
		const results = await measureAll(wanted, options.pairs);
		const calls = options.only.length === 0 ? countSystemCalls(context) : [];
		const rows = results.map(toRow);
		const peak = memory(rows);
		process.stdout.write(`${report(machine, rows, peak, calls)}\n`);
		const outputs = options.save ? [join("test", "bench"), join("dist", "bench")] : [join("dist", "bench")];
		for (const directory of outputs) {
			mkdirSync(directory, { recursive: true });
			const summary = { machine, servers, rows, memory: peak, systemCalls: calls };
			writeFileSync(join(directory, "results.json"), `${JSON.stringify(summary, null, "\t")}\n`);
			writeFileSync(join(directory, "results.svg"), draw(machine, rows));
		}
		writeFileSync(join("dist", "bench", "samples.json"), JSON.stringify(results));
	} finally {
		for (const close of context.closers) await close();
		fixtures.remove();
	}
}

function optionsOrExit(): Options | undefined {
	try {
		return parseOptions(process.argv.slice(2));
	} catch (error) {
		process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
		return undefined;
	}
}

const options = optionsOrExit();
if (options === undefined) process.exitCode = 1;
else await run(options);
