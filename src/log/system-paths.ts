/*
 * The paths of a JSON line where the client has a root of its own: beside each path
 * as the client names it, where that stands in the system.
 */
import type { Description } from "./event.ts";

type Fields = Description["fields"];

/** Undefined where the path leads nowhere. */
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

/** The fields of an event, with those of the system's paths. */
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
