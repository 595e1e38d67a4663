/*
 * How busy other programs kept the machine during the benchmark. Above a few
 * hundredths of a core, times are rough however they are paired.
 */
import { readFileSync } from "node:fs";

// Unit of the times in /proc; the same on every current Linux machine.
const ticksPerSecond = 100;

type Usage = { readonly atSeconds: number; readonly machineSeconds: number; readonly ownSeconds: number };

// user, nice and system; interrupts and stolen time belong to no program.
function machineSeconds(): number {
	const [, user = "0", nice = "0", system = "0"] = readFileSync("/proc/stat", "latin1").split(/\s+/, 4);
	return (Number(user) + Number(nice) + Number(system)) / ticksPerSecond;
}

// This process and all of its children that have ended, with theirs: fields 14
// to 17 of stat(5), counted after the name, which may contain anything.
function ownSeconds(): number {
	const stat = readFileSync("/proc/self/stat", "latin1");
	const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
	return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) / ticksPerSecond;
}

export function takeUsage(): Usage {
	return {
		atSeconds: performance.now() / 1000,
		machineSeconds: machineSeconds(),
		ownSeconds: ownSeconds(),
	};
}

/** The average number of cores that others have used since then; this process's children must have ended. */
export function coresUsedByOthers(since: Usage): number {
	const now = takeUsage();
	const others = now.machineSeconds - since.machineSeconds - (now.ownSeconds - since.ownSeconds);
	return Math.max(0, others / (now.atSeconds - since.atSeconds));
}
