/* The date of a file made a moment ago, as a listing shows it. */

const year = new Date().getFullYear();

/**
 * With the time of day or, in the first milliseconds of a second, with the year:
 * there a file's time can be ahead of the C library's, which is a clock tick
 * behind, and such a file counts as one of the future. Which of the two is correct
 * is tested in test/posix/local-date.test.ts.
 */
export const RECENT_DATE = new RegExp(
	`\\b[A-Z][a-z]{2} [ \\d]\\d (?:\\d\\d:\\d\\d| (?:${year}|${year + 1}))\\b`,
	"g",
);
