/** The effective and the supplementary groups of the process. */
export function processGids(): ReadonlySet<number> {
	return new Set([...(process.getgroups?.() ?? []), ...[process.getegid?.() ?? []].flat()]);
}
