/*
 * A reporter for run.mjs: at the end of a test file, in JSON, the counts of node's
 * own reporters, the reasons for skipped tests, and the names of failed ones. It
 * knows when the tests are over, and at-end.mjs then ends what they left running.
 */
import { testsAreOver, testsGoOn } from "./at-end.mjs";

export default async function* tally(events) {
	let unfinished = 0;
	const counts = { tests: 0, suites: 0, pass: 0, fail: 0, cancelled: 0, skipped: 0, todo: 0 };
	const skips = {};
	const failures = [];
	const names = [];
	for await (const { type, data } of events) {
		if (type === "test:enqueue") {
			unfinished++;
			testsGoOn();
		}
		if (type === "test:start") names[data.nesting] = data.name;
		if (type !== "test:pass" && type !== "test:fail") continue;
		if (--unfinished === 0) testsAreOver();
		if (type === "test:fail" && data.details.error?.failureType !== "subtestsFailed")
			failures.push([...names.slice(0, data.nesting), data.name].join(" > "));
		/* A suite that is skipped as a whole counts as one test, since its tests are unknown. */
		const isSkipped = data.skip !== undefined && data.skip !== false;
		if (data.details.type === "suite" && !isSkipped) counts.suites++;
		else {
			counts.tests++;
			counts[outcome(type, data, isSkipped)]++;
		}
		if (isSkipped) {
			const reason = typeof data.skip === "string" ? data.skip : "no reason given";
			skips[reason] = (skips[reason] ?? 0) + 1;
		}
	}
	yield JSON.stringify({ counts, skips, failures });
}

function outcome(type, { todo, details }, isSkipped) {
	if (isSkipped) return "skipped";
	if (todo !== undefined && todo !== false) return "todo";
	if (type === "test:pass") return "pass";
	return details.error?.failureType === "cancelledByParent" ? "cancelled" : "fail";
}
