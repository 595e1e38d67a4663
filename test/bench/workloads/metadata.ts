/*
 * Requests about names. On a disk they would mostly measure the file system's
 * journal, so the figures that count come from memory (tmpfs) where there is one; the
 * disk has rows beside them. The client never sleeps (awake.h), since otherwise a fast
 * server would be measured by how often it wakes the client; some rows show that too.
 */
import { join } from "node:path";
import { directoryOf } from "../fixtures.ts";
import type { Server } from "../servers.ts";
import {
	bareInC,
	bareOnNode,
	type Contender,
	type Context,
	eachServer,
	limit,
	load,
	machineLimit,
	scaled,
	type Workload,
} from "./workload.ts";

type Row = {
	readonly name: string;
	readonly kind: string;
	readonly title: string;
	readonly count: number;
	readonly flags: readonly string[];
};

function row(name: string, kind: string, title: string, count: number, ...flags: string[]): Row {
	return { name, kind, title, count, flags: ["--awake", ...flags] };
}

const asleepName = (name: string) => `${name}-sleeping`;
const asleepTitle = (title: string) => `${title}, client sleeps`;

function asleep(other: Row): Row {
	return {
		...other,
		name: asleepName(other.name),
		title: asleepTitle(other.title),
		flags: other.flags.filter((flag) => flag !== "--awake"),
	};
}

const stat = row("stat", "stat", "STAT", 400_000);
const statTurns = row("stat-turns", "stat", "STAT, one at a time", 40_000, "--window", "1");
const openTurns = row("open-turns", "open", "OPEN and CLOSE, one at a time", 30_000);

const rows: readonly Row[] = [
	stat,
	asleep(stat),
	row("lstat", "lstat", "LSTAT", 400_000),
	row("missing", "missing", "STAT of missing files", 400_000),
	row("setstat", "setstat", "SETSTAT", 100_000),
	row("mkdir", "mkdir", "MKDIR and RMDIR", 100_000),
	row("rename", "rename", "RENAME", 100_000),
	row("readlink", "readlink", "READLINK", 150_000),
	row("realpath", "realpath", "REALPATH", 100_000),
	statTurns,
	asleep(statTurns),
	openTurns,
	asleep(openTurns),
];

const diskRows: readonly Row[] = [
	row("setstat-disk", "setstat", "SETSTAT on the disk", 50_000),
	row("mkdir-disk", "mkdir", "MKDIR and RMDIR on the disk", 5_000),
	row("rename-disk", "rename", "RENAME on the disk", 50_000),
];

function workload(context: Context, directory: string, { name, kind, title, count, flags }: Row): Workload {
	const args = [kind, directory, scaled(context, count), context.fixtures.pathCount];
	const run = (server: Server) => load(context, server, [...flags, ...args]);
	const [ours, against, ...others] = eachServer(context.servers, run);
	return { name, title, per: "request", contenders: [ours, against, ...others, ...yardsticks()] };

	// The limit has no packets, and so no turns.
	function yardsticks(): Contender[] {
		const bare = (label: string, path: string) => ({
			label,
			inEachRound: true,
			run: () => run({ label, path }),
		});
		const inC = ["stat", "lstat", "missing", "open"].includes(kind);
		const onNode = ["stat", "lstat", "missing"].includes(kind);
		const limited = ["stat", "rename"].includes(kind) && !flags.includes("--window");
		return [
			...(inC ? [bare(bareInC, context.programs.bare)] : []),
			...(onNode ? [bare(bareOnNode, join("test", "bench", "bare-stat.cjs"))] : []),
			...(limited ? [limit(context, ...args)] : []),
		];
	}
}

function listing(context: Context, entries: number, amount: number, isAwake = true): Workload {
	const times = scaled(context, amount);
	const path = () => directoryOf(context.fixtures, context.programs.load, entries);
	const name = `readdir-${entries}`;
	const title = `directory of ${entries.toLocaleString("en")} entries`;
	const flags = isAwake ? ["--awake"] : [];
	const words = isAwake ? ["awake"] : [];
	const [ours, against, ...others] = eachServer(context.servers, (server) =>
		load(context, server, [...flags, "readdir", path(), entries, times]),
	);
	const bare = {
		label: machineLimit,
		inEachRound: true,
		run: () => limit(context, "list", path(), times, ...words).run(),
	};
	return {
		name: isAwake ? name : asleepName(name),
		title: isAwake ? title : asleepTitle(title),
		per: "run",
		contenders: [ours, against, ...others, bare],
	};
}

export function metadataWorkloads(context: Context): Workload[] {
	const { paths, diskPaths } = context.fixtures;
	return [
		...rows.map((each) => workload(context, paths, each)),
		listing(context, 5_000, 20),
		listing(context, 5_000, 20, false),
		listing(context, 100_000, 2),
		...diskRows.map((each) => workload(context, diskPaths, each)),
	];
}
