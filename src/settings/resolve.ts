/*
 * Combines parsed values, in order of precedence, into a session's settings.
 */
import type { ExpansionContext } from "./expand.ts";
import type { Keyword, Origin, Written } from "./keyword.ts";
import { homesInRoot } from "./root-view.ts";
import { defaultSettings, type Settings } from "./settings.ts";
import { Refusal } from "./value-type.ts";

export interface Assignment {
	readonly keyword: Keyword;
	readonly written: Written;
	readonly origin: Origin;
}

/** A value that is invalid for this user or in combination with others. */
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
	/** The effective assignments; a missing keyword has its default. */
	readonly assigned: ReadonlyMap<Keyword, readonly Assignment[]>;
}

/**
 * @param assignments the highest precedence first: a keyword's first value is used, or
 *   all values of a cumulative keyword, in this order
 */
export function resolve(assignments: readonly Assignment[], context: ExpansionContext): Resolved | Complaint {
	const assigned = new Map<Keyword, Assignment[]>();
	for (const assignment of assignments) {
		const earlier = assigned.get(assignment.keyword);
		if (earlier === undefined) assigned.set(assignment.keyword, [assignment]);
		else if (assignment.keyword.repeated === "all") earlier.push(assignment);
	}
	let settings = defaultSettings;
	/* Paths of the client come last, since they depend on its root. */
	const rows = [...assigned].sort(([one], [other]) => Number(!!one.isClients) - Number(!!other.isClients));
	for (const [keyword, values] of rows) {
		const { root } = settings;
		const isInRoot = keyword.isClients && root !== undefined;
		for (const assignment of values) {
			const result = assignment.written.apply(
				settings,
				isInRoot ? homesInRoot(context, root.directory) : context,
				assignment.origin,
			);
			if (result instanceof Refusal) return new Complaint(assignment, result.clause);
			settings = result;
		}
	}
	return incompatibility(settings, assigned) ?? { settings, assigned };
}

function incompatibility(
	settings: Settings,
	assigned: ReadonlyMap<Keyword, readonly Assignment[]>,
): Complaint | undefined {
	const complain = (name: string, clause: string): Complaint | undefined => {
		for (const [keyword, [assignment]] of assigned)
			if (keyword.name === name && assignment !== undefined) return new Complaint(assignment, clause);
		return undefined;
	};
	if (settings.logFile !== undefined && settings.logFormat !== "json")
		return complain("LogFile", "requires LogFormat json");
	/* Confine's directories are system paths, which a client with a root can't name. */
	if (settings.root !== undefined && settings.confine.length > 0)
		return complain("Root", "can't be combined with Confine");
	return undefined;
}
