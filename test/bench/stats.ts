/*
 * Medians and quartiles. Times on a shared machine have a long tail on one
 * side, so means and standard deviations would say little.
 */

export type Spread = { readonly q1: number; readonly median: number; readonly q3: number };

function quantile(sorted: readonly number[], fraction: number): number {
	const position = (sorted.length - 1) * fraction;
	const below = sorted[Math.floor(position)] ?? Number.NaN;
	const above = sorted[Math.ceil(position)] ?? Number.NaN;
	return below + (above - below) * (position - Math.floor(position));
}

/** Quartiles by linear interpolation between the closest ranks; NaN for no values. */
export function spread(values: readonly number[]): Spread {
	const sorted = [...values].sort((a, b) => a - b);
	return { q1: quantile(sorted, 0.25), median: quantile(sorted, 0.5), q3: quantile(sorted, 0.75) };
}

export function median(values: readonly number[]): number {
	return spread(values).median;
}

/**
 * The ratio of two series that were measured alternately: of their medians, and
 * the spread of the ratios within each turn. `above` and `below` are paired by
 * their index.
 */
export function ratio(above: readonly number[], below: readonly number[]): Spread & { ofMedians: number } {
	const pairs = above.slice(0, below.length).map((value, i) => value / (below[i] ?? Number.NaN));
	return { ...spread(pairs), ofMedians: median(above) / median(below) };
}
