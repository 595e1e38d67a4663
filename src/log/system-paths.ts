/*
 * The paths of a JSON line when the client has its own root: each path as the
 * client names it is accompanied by its path in the system.
 */
import type { Description } from "./event.ts";

type Fields = Description["fields"];

/** Undefined if the path leads nowhere. */
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
