/*
 * npm run bench: compares this server's speed with others', on this machine, in one run.
 * Prints tables; writes dist/bench/results.json and results.svg.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFixtures } from "./fixtures.ts";
import { describeMachine, type Machine } from "./machine.ts";
import { measureWorkload, type Result } from "./measure.ts";
import { compilePrograms } from "./native.ts";
import { coresUsedByOthers, takeUsage } from "./neighbours.ts";
import { type Options, parseOptions, usage } from "./options.ts";
import { memory, toRow } from "./rows.ts";
import { interrupt } from "./sample.ts";
import { findServers } from "./servers.ts";
import { draw } from "./svg.ts";
import { countSystemCalls, type SystemCalls } from "./syscalls.ts";
import { report } from "./table.ts";
import { bulkWorkloads } from "./workloads/bulk.ts";
import { clientWorkloads } from "./workloads/client.ts";
import { metadataWorkloads } from "./workloads/metadata.ts";
import { sharedBlocksWorkloads } from "./workloads/shared-blocks.ts";
import { slowWorkloads } from "./workloads/slow.ts";
import { startupWorkloads } from "./workloads/startup.ts";
import { sshdWorkloads } from "./workloads/through-sshd.ts";
import type { Context, Workload } from "./workloads/workload.ts";

function allWorkloads(context: Context): Workload[] {
	return [
		...startupWorkloads(context),
		...bulkWorkloads(context),
		...sharedBlocksWorkloads(context),
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

type Measured = { readonly machine: Machine; readonly results: Result[]; readonly calls: SystemCalls[] };

function chosen(context: Context): Workload[] {
	const { only } = context.options;
	return allWorkloads(context).filter(
		({ name }) => only.length === 0 || only.some((part) => name.includes(part)),
	);
}

/** Makes the files, measures, and removes them, whatever happens. */
async function measured(options: Options): Promise<Measured> {
	const programs = compilePrograms();
	if (programs.slowfs === undefined)
		process.stderr.write("no slow storage: install libfuse3-dev, fuse3 and pkg-config\n");
	const fixtures = makeFixtures(options, programs.load);
	const context: Context = {
		options,
		programs,
		servers: findServers(options, fixtures.files),
		fixtures,
		closers: [],
	};
	try {
		const machine = describeMachine(fixtures.files, fixtures.names);
		const results = await measureAll(chosen(context), options.pairs);
		const calls = options.only.length === 0 ? await countSystemCalls(context) : [];
		return { machine, results, calls };
	} finally {
		for (const close of context.closers) await close();
		fixtures.remove();
	}
}

async function run(options: Options): Promise<void> {
	const before = takeUsage();
	const { machine, results, calls } = await measured(options);
	const others = coresUsedByOthers(before);
	const rows = results.map(toRow);
	const peak = memory(rows);
	process.stdout.write(`${report(machine, rows, peak, calls, others)}\n`);
	const summary = { machine, coresUsedByOthers: others, rows, memory: peak, systemCalls: calls };
	for (const directory of [join("dist", "bench"), ...(options.save ? [join("test", "bench")] : [])]) {
		mkdirSync(directory, { recursive: true });
		writeFileSync(join(directory, "results.json"), `${JSON.stringify(summary, null, 2)}\n`);
		writeFileSync(join(directory, "results.svg"), draw(machine, rows));
	}
	writeFileSync(join("dist", "bench", "samples.json"), JSON.stringify(results));
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
else {
	for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
		process.once(signal, () => interrupt(signal));
	run(options).catch((error: unknown) => {
		process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
		process.exitCode = 1;
	});
}
