/*
 * From values that were read, in the order of their precedence, to the settings
 * of a session.
 */
import type { ExpansionContext } from "./expand.ts";
import type { Keyword, Origin, Written } from "./keyword.ts";
import { defaultSettings, type Settings } from "./settings.ts";
import { Refusal } from "./value-types.ts";

export interface Assignment {
	readonly keyword: Keyword;
	readonly written: Written;
	readonly origin: Origin;
}

/** A value that does not hold for this user or beside the others. */
export class Complaint {
	readonly assignment: Assignment;
	/** Follows the keyword's or option's name. */
	readonly clause: string;

	constructor(assignment: Assignment, clause: string) {
		this.assignment = assignment;
		this.clause = clause;
	}
}

export interface Resolved {
	readonly settings: Settings;
	/** The assignments that count; a keyword that is missing has its default. */
	readonly assigned: ReadonlyMap<Keyword, readonly Assignment[]>;
}

/**
 * @param assignments the highest precedence first: of a keyword the first value
 *   counts, of a cumulative one all, in this order
 */
export function resolve(assignments: readonly Assignment[], context: ExpansionContext): Resolved | Complaint {
	const assigned = new Map<Keyword, Assignment[]>();
	for (const assignment of assignments) {
		const earlier = assigned.get(assignment.keyword);
		if (earlier === undefined) assigned.set(assignment.keyword, [assignment]);
		else if (assignment.keyword.repeated === "all") earlier.push(assignment);
	}
	let settings = defaultSettings;
	for (const values of assigned.values())
		for (const assignment of values) {
			const result = assignment.written.apply(settings, context, assignment.origin);
			if (result instanceof Refusal) return new Complaint(assignment, result.clause);
			settings = result;
		}
	return contradiction(settings, assigned) ?? { settings, assigned };
}

function contradiction(
	settings: Settings,
	assigned: ReadonlyMap<Keyword, readonly Assignment[]>,
): Complaint | undefined {
	if (settings.logFile === undefined || settings.logFormat === "json") return undefined;
	for (const [keyword, [assignment]] of assigned)
		if (keyword.name === "LogFile" && assignment !== undefined)
			return new Complaint(assignment, "needs the log format json");
	return undefined;
}
