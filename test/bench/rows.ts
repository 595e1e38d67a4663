/*
 * Turns samples into the figures of the tables: medians with quartiles for each
 * contender, ratios within pairs, verdicts.
 */
import { type Aim, aimFor, judge, type Metric, memoryMiB, type Verdict } from "./aims.ts";
import { gibibyte } from "./fixtures.ts";
import type { Result, Series } from "./measure.ts";
import type { Sample } from "./sample.ts";
import { median, ratio, type Spread, spread } from "./stats.ts";
import { bareNode } from "./workloads/startup.ts";

export type Figure = {
	readonly label: string;
	/** Nanoseconds for each unit of work. */
	readonly wall: Spread;
	readonly cpu: Spread;
	readonly peakMiB: number;
	/** How often the server slept per request. */
	readonly sleeps: number;
	/** The load generator's own CPU time, as a share of the elapsed time. */
	readonly loadShare: number;
	/** Its rate, as a multiple of the second contender's. */
	readonly rate: number;
};

export type Comparison = {
	readonly value: number;
	/** Of the ratios within each pair. */
	readonly pairs: Spread;
	/** Ratio of the two least disturbed runs, for a machine that others use too. */
	readonly best: number;
	readonly aim?: Aim;
	readonly verdict?: Verdict;
};

export type Row = {
	readonly name: string;
	readonly title: string;
	readonly per: Result["per"];
	readonly figures: readonly Figure[];
	readonly failures: readonly { label: string; failure: string }[];
	/** Present when both servers of the pair did the work. */
	readonly time?: Comparison;
	readonly cpu?: Comparison;
};

function units(sample: Sample, per: Result["per"]): number {
	if (per === "GiB") return sample.bytes / gibibyte;
	return per === "request" ? sample.requests : 1;
}

const walls = (series: Series, per: Result["per"]) => series.samples.map((s) => s.wallNs / units(s, per));
const cpus = (series: Series, per: Result["per"]) => series.samples.map((s) => s.cpuNs / units(s, per));

function figure(series: Series, against: Series, per: Result["per"]): Figure {
	const own = walls(series, per);
	return {
		label: series.label,
		wall: spread(own),
		cpu: spread(cpus(series, per)),
		peakMiB: median(series.samples.map((s) => s.peakKiB / 1024)),
		sleeps: median(series.samples.map((s) => s.switches / s.requests)),
		loadShare: median(series.samples.map((s) => s.loadCpuNs / s.wallNs)),
		rate: median(walls(against, per)) / median(own),
	};
}

function comparison(name: string, metrics: readonly Metric[], above: number[], below: number[]): Comparison {
	const { ofMedians, ...pairs } = ratio(above, below);
	const best = Math.min(...above) / Math.min(...below);
	const aim = aimFor(name, ...metrics);
	if (aim === undefined) return { value: ofMedians, pairs, best };
	return { value: ofMedians, pairs, best, aim, verdict: judge(ofMedians, aim) };
}

/** One row of the tables. */
export function toRow({ name, title, per, series }: Result): Row {
	const [ours, against] = series;
	const failures = series.flatMap(({ label, failure }) =>
		failure === undefined ? [] : [{ label, failure }],
	);
	if (
		ours === undefined ||
		against === undefined ||
		ours.samples.length === 0 ||
		against.samples.length === 0
	)
		return { name, title, per, figures: [], failures };
	const [ourWalls, itsWalls] = [walls(ours, per), walls(against, per)];
	const isShare = aimFor(name, "time") !== undefined;
	return {
		name,
		title,
		per,
		figures: series.filter((s) => s.samples.length > 0).map((s) => figure(s, against, per)),
		failures,
		time: isShare
			? comparison(name, ["time"], ourWalls, itsWalls)
			: comparison(name, ["rate"], itsWalls, ourWalls),
		cpu: comparison(name, ["cpu"], cpus(ours, per), cpus(against, per)),
	};
}

export type Memory = { readonly title: string; readonly aboveNodeMiB: number; readonly verdict: Verdict };

/** The largest peak of all rows above bare node's; undefined without start-up's row. */
export function memory(rows: readonly Row[]): Memory | undefined {
	const node = rows.flatMap((row) => row.figures).find((entry) => entry.label === bareNode)?.peakMiB;
	if (node === undefined) return undefined;
	const peaks = rows.flatMap(({ title, figures }) =>
		figures.slice(0, 1).map(({ peakMiB }) => ({ title, aboveNodeMiB: peakMiB - node })),
	);
	const [largest] = peaks.sort((a, b) => b.aboveNodeMiB - a.aboveNodeMiB);
	if (largest === undefined) return undefined;
	return { ...largest, verdict: judge(largest.aboveNodeMiB, { metric: "time", ...memoryMiB }) };
}
