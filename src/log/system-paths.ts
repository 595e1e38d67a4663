/*
 * The paths in JSON lines of a rooted client: each of the client's paths is accompanied
 * by its system path.
 */
import type { Description } from "./event.ts";

type Fields = Description["fields"];

/** Converts a client's path; undefined if it leads nowhere. */
export type SystemPath = (path: Buffer) => Buffer | undefined;

/** Fields that hold a path, and the fields that are added for them. */
const ADDED: Readonly<Record<string, string>> = {
	path: "systemPath",
	oldPath: "oldSystemPath",
	newPath: "newSystemPath",
	toPath: "toSystemPath",
};

/** Fields that name no file: the text of a link, and a path whose `~` is not expanded yet. */
const TEXTS: ReadonlySet<string> = new Set(["symlink oldPath", "expand-received path"]);

/** Adds the system paths to the fields of an event. */
export function withSystemPaths(event: string, fields: Fields, systemPath: SystemPath): Fields {
	const result: Record<string, Fields[string]> = {};
	for (const [name, value] of Object.entries(fields)) {
		result[name] = value;
		const added = ADDED[name];
		if (added !== undefined && Buffer.isBuffer(value) && !TEXTS.has(`${event} ${name}`))
			result[added] = systemPath(value);
	}
	return result;
}
