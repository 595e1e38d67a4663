// Requests about names: how long each takes. They change little, so on a disk
// the file system's journal would be most of what is measured; the figures that
// count come from memory (tmpfs) where there is one, those on the disk stand
// beside them.
import { join } from "node:path";
import { directoryOf } from "../fixtures.ts";
import {
	type Contender,
	type Context,
	eachServer,
	limit,
	load,
	machineLimit,
	scaled,
	type Workload,
} from "./workload.ts";

/** A loop on node with nothing in it but STATs: bare-stat.cjs. */
const onNode = "bare loop on node";

type Row = readonly [kind: string, title: string, count: number, flags?: readonly string[]];

const rows: readonly Row[] = [
	["stat", "STAT", 200_000],
	["lstat", "LSTAT", 200_000],
	["missing", "STAT of missing files", 200_000],
	["setstat", "SETSTAT", 100_000],
	["mkdir", "MKDIR and RMDIR", 100_000],
	["rename", "RENAME", 100_000],
	["readlink", "READLINK", 150_000],
	["realpath", "REALPATH", 100_000],
];

const diskRows: readonly Row[] = [
	["setstat", "SETSTAT on the disk", 50_000],
	["mkdir", "MKDIR and RMDIR on the disk", 5_000],
	["rename", "RENAME on the disk", 50_000],
];

const turns: readonly Row[] = [
	["stat", "STAT, one at a time", 40_000, ["--window", "1"]],
	["open", "OPEN and CLOSE, one at a time", 30_000],
];

function workload(
	context: Context,
	name: string,
	directory: string,
	[kind, title, amount, flags = []]: Row,
): Workload {
	const count = scaled(context, amount);
	const files = context.fixtures.pathCount;
	const [ours, against, ...others] = eachServer(context.servers, (server) =>
		load(context, server, [...flags, kind, directory, count, files]),
	);
	const yardsticks = flags.length > 0 ? [] : yardsticksOf(kind);
	return { name, title, per: "request", contenders: [ours, against, ...others, ...yardsticks] };

	function yardsticksOf(of: string): Contender[] {
		const args = [of, directory, count, files];
		const bare = () => load(context, { label: onNode, path: join("test", "bench", "bare-stat.cjs") }, args);
		return [
			...(["stat", "lstat", "missing"].includes(of) ? [{ label: onNode, run: bare }] : []),
			...(["stat", "rename"].includes(of) ? [limit(context, ...args)] : []),
		];
	}
}

function listing(context: Context, entries: number, amount: number): Workload {
	const times = scaled(context, amount);
	const path = () => directoryOf(context.fixtures, context.programs.load, entries);
	const [ours, against, ...others] = eachServer(context.servers, (server) =>
		load(context, server, ["readdir", path(), entries, times]),
	);
	const bare = { label: machineLimit, run: () => limit(context, "list", path(), times).run() };
	return {
		name: `readdir-${entries}`,
		title: `directory of ${entries.toLocaleString("en")} entries`,
		per: "run",
		contenders: [ours, against, ...others, bare],
	};
}

export function metadataWorkloads(context: Context): Workload[] {
	const { paths, diskPaths } = context.fixtures;
	return [
		...rows.map((row) => workload(context, row[0], paths, row)),
		...turns.map((row) => workload(context, `${row[0]}-turns`, paths, row)),
		listing(context, 5_000, 20),
		listing(context, 100_000, 2),
		...diskRows.map((row) => workload(context, `${row[0]}-disk`, diskPaths, row)),
	];
}
