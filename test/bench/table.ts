/* The result as text. */

import { memoryMiB } from "./aims.ts";
import type { Machine } from "./machine.ts";
import type { Comparison, Figure, Memory, Row } from "./rows.ts";
import type { Spread } from "./stats.ts";
import type { SystemCalls } from "./syscalls.ts";
import { machineLimit } from "./workloads/workload.ts";

function digits(value: number): string {
	if (value >= 1000) return value.toFixed(0);
	return value.toPrecision(3).replace(/e\+?(-?\d+)$/, "e$1");
}

function unitOf(ns: number): readonly [size: number, name: string] {
	const units = [
		[1e9, "s"],
		[1e6, "ms"],
		[1e3, "us"],
	] as const;
	return units.find(([size]) => ns >= size) ?? [1, "ns"];
}

/** A time in a suitable unit. */
export function duration(ns: number): string {
	const [size, name] = unitOf(ns);
	return `${digits(ns / size)} ${name}`;
}

function durations({ q1, median, q3 }: Spread): string {
	const [size, name] = unitOf(median);
	return `${digits(median / size)} (${digits(q1 / size)}..${digits(q3 / size)}) ${name}`;
}

/** Columns as wide as their widest cell; the first aligned left, the others right. */
export function columns(lines: readonly (readonly string[])[]): string {
	const count = Math.max(...lines.map((line) => line.length));
	const widths = Array.from({ length: count }, (_, i) =>
		Math.max(...lines.map((line) => line[i]?.length ?? 0)),
	);
	return lines
		.map((line) =>
			line
				.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
				.join("  ")
				.trimEnd(),
		)
		.join("\n");
}

function verdictCells(comparison: Comparison | undefined): string[] {
	if (comparison === undefined) return ["", "", "", "", "", ""];
	const { value, pairs, best, aim, verdict } = comparison;
	const wanted = (number: number | undefined) => (number === undefined ? "" : String(number));
	return [
		`${digits(value)}x`,
		`${digits(pairs.median)} (${digits(pairs.q1)}..${digits(pairs.q3)})`,
		digits(best),
		wanted(aim?.atLeast),
		wanted(aim?.aim),
		verdict ?? "",
	];
}

const per = (row: Row) => (row.per === "run" ? "" : ` /${row.per}`);

function timeTable(rows: readonly Row[]): string {
	const head = [
		"time",
		"ours",
		"against",
		"ratio",
		"by pairs",
		"best",
		"at least",
		"aim",
		"",
		"others' rates",
	];
	const lines = rows.map((row) => {
		const [ours, against, ...others] = row.figures;
		const show = (figure: Figure | undefined) => (figure === undefined ? "-" : durations(figure.wall));
		return [
			`${row.title}${per(row)}`,
			show(ours),
			show(against),
			...verdictCells(row.time),
			others.map(({ label, rate }) => `${label} ${digits(rate)}x`).join(", "),
		];
	});
	return columns([head, ...lines]);
}

function costTable(rows: readonly Row[]): string {
	const head = [
		"CPU time, memory",
		"ours",
		"against",
		"limit",
		"ratio",
		"by pairs",
		"best",
		"at least",
		"aim",
		"",
	];
	const last = ["peak MiB", "against", "sleeps", "against", "load's CPU", "against"];
	const lines = rows.map((row) => {
		const [ours, against] = row.figures;
		const both = (show: (figure: Figure) => string) =>
			[ours, against].map((figure) => (figure === undefined ? "-" : show(figure)));
		const limit = row.figures.find(({ label }) => label === machineLimit);
		return [
			`${row.title}${per(row)}`,
			...both((figure) => duration(figure.cpu.median)),
			limit === undefined ? "" : duration(limit.cpu.median),
			...verdictCells(row.cpu),
			...both((figure) => figure.peakMiB.toFixed(1)),
			...both((figure) => digits(figure.sleeps)),
			...both((figure) => `${(100 * figure.loadShare).toFixed(0)}%`),
		];
	});
	return columns([[...head, ...last], ...lines]);
}

function callsTable(calls: readonly SystemCalls[]): string {
	const labels = calls[0]?.perRequest.map(({ label }) => label) ?? [];
	const lines = calls.map(({ title, perRequest }) => [
		title,
		...perRequest.map(({ calls: count }) => (count === undefined ? "-" : count.toFixed(2))),
	]);
	return columns([[`system calls per request, by ${calls[0]?.countedBy ?? ""}`, ...labels], ...lines]);
}

function memoryLine({ title, aboveNodeMiB, verdict }: Memory): string {
	const { atLeast, aim } = memoryMiB;
	return `largest peak above bare node: ${aboveNodeMiB.toFixed(1)} MiB (${title}); at most ${atLeast}, aim ${aim}: ${verdict}`;
}

/** The whole report. */
export function report(
	machine: Machine,
	rows: readonly Row[],
	peak: Memory | undefined,
	calls: readonly SystemCalls[],
	others: number,
): string {
	const failures = rows.flatMap((row) =>
		row.failures.map(({ label, failure }) => `${row.title}: ${label}: ${failure}`),
	);
	return [
		`${machine.date}, ${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Linux ${machine.kernel}, ` +
			`node ${machine.node}, ${machine.openssh}, ours ${machine.version}`,
		`large files on ${machine.fileSystem}, many small ones on ${machine.nameSystem}; other programs used ${others.toFixed(2)} cores`,
		"Medians (quartiles). `limit`: the same work with nothing around it, in one thread; `bare loop`: packets and calls alone. Clients that ask about names never sleep, except on slow storage and where the row says so. A ratio is that of the medians; `by pairs` are the ratios within each pair, `best` that of the least disturbed runs.",
		timeTable(rows),
		costTable(rows),
		...(peak === undefined ? [] : [memoryLine(peak)]),
		...(calls.length === 0 ? [] : [callsTable(calls)]),
		...(failures.length === 0 ? [] : [`not done:\n${failures.join("\n")}`]),
	].join("\n\n");
}
