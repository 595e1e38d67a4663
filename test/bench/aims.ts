/*
 * The targets of each workload, as ratios to Debian's OpenSSH 9.2p1: `rate` is
 * how many times as fast, `time` and `cpu` the share of its time and of its CPU
 * time. Start-up is compared with bare node.
 */

export type Metric = "rate" | "time" | "cpu";

export type Aim = {
	readonly workload: string;
	readonly metric: Metric;
	readonly atLeast: number;
	/** Absent when there is no further target. */
	readonly aim?: number;
};

type Row = readonly [workload: string, metric: Metric, atLeast: number, aim?: number];

const rows: readonly Row[] = [
	["start", "time", 1.15, 1.05],
	["read-32", "rate", 3, 5],
	["read-32", "cpu", 0.4, 0.2],
	["read-255", "rate", 5, 8],
	["read-255", "cpu", 0.4, 0.2],
	["read-32-socket", "rate", 2, 3],
	["write-32", "rate", 2, 3.5],
	["write-32", "cpu", 0.8, 0.6],
	["write-255", "rate", 1.5, 3],
	["write-255", "cpu", 0.8, 0.6],
	["copy-data", "rate", 1.5, 10],
	["copy-data-shared", "rate", 1.5, 10],
	["stat", "rate", 4, 6],
	["lstat", "rate", 4, 6],
	["missing", "rate", 3, 5],
	["setstat", "rate", 1.3, 2],
	["mkdir", "rate", 1.3, 2],
	["rename", "rate", 1.3, 2],
	["readlink", "rate", 1.3, 2],
	["realpath", "rate", 1.3, 2],
	["stat-turns", "cpu", 0.8, 0.5],
	["open-turns", "rate", 1, 1.5],
	["readdir-5000", "rate", 2.5, 4],
	["readdir-100000", "rate", 2.5, 4],
	["files-down", "rate", 1, 1.2],
	["files-up", "rate", 1, 1.2],
	["sshd-down", "rate", 1],
	["sshd-down", "cpu", 0.5],
	["sshd-up", "rate", 1],
	["sshd-up", "cpu", 0.5],
	["slow-read", "rate", 8],
	["slow-lstat", "rate", 8],
	["slow-readdir", "rate", 8],
];

const aims: readonly Aim[] = rows.map(([workload, metric, atLeast, aim]) => ({
	workload,
	metric,
	atLeast,
	...(aim === undefined ? {} : { aim }),
}));

/** Target for peak resident memory above bare node's, in any workload. */
export const memoryMiB = { atLeast: 12, aim: 8 };

export function aimFor(workload: string, ...metrics: readonly Metric[]): Aim | undefined {
	return aims.find((aim) => aim.workload === workload && metrics.includes(aim.metric));
}

export type Verdict = "aim met" | "met" | "short";

/** Whether a ratio meets its target; for `rate` more is better, otherwise less. */
export function judge(value: number, { metric, atLeast, aim }: Omit<Aim, "workload">): Verdict {
	const reaches = (wanted: number) => (metric === "rate" ? value >= wanted : value <= wanted);
	if (reaches(aim ?? atLeast)) return "aim met";
	return reaches(atLeast) ? "met" : "short";
}
