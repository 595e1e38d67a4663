/*
 * What a fast run (npm run test:fast) does less of, and what it leaves out because of
 * its cost. npm test does all of it.
 */
import type { TestContext } from "node:test";
import { Random } from "../differential/random.ts";

/** Whether this run leaves out tests that need root or another program, and repeats less. */
export const isFast = process.env["SFTP_TEST_FAST"] !== undefined;

/** For the `skip` of a test that takes seconds of CPU time: why a fast run leaves it out, and otherwise false. */
export function leftOut(reason: string): string | false {
	return isFast && `${reason}: left to npm test`;
}

/**
 * All of the cases; in a fast run the first, the last and `count` others, picked by a seed that
 * the test's output names. SFTP_TEST_SEED repeats such a pick.
 */
export function someOf<T>(test: TestContext, cases: readonly T[], count: number): readonly T[] {
	if (!isFast) return cases;
	const seed = Number(process.env["SFTP_TEST_SEED"] ?? Date.now() % 2 ** 32);
	test.diagnostic(`${count + 2} of ${cases.length} cases: SFTP_TEST_SEED=${seed}`);
	const random = new Random(seed);
	const picked = new Set([0, cases.length - 1]);
	while (picked.size < Math.min(count + 2, cases.length)) picked.add(random.below(cases.length));
	return cases.filter((_, i) => picked.has(i));
}
