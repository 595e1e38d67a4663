/*
 * Where deliberate faults are put in: around what an operation replies, and
 * around system calls. All are names that the compiler checks, so a rename in
 * src/ either takes the faults along or shows here; none is a text of a source.
 */
import { operations } from "../../../src/ops/index.ts";
import { type Addon, addon } from "../../../src/posix/addon.ts";
import type { Session } from "../../../src/session/session.ts";
import { PacketReader } from "../../../src/wire/reader.ts";
import type { Reply } from "../../../src/wire/replies.ts";

/** A mistake, as somebody might make it. */
export interface Fault {
	readonly name: string;
	/** Makes it, in the process of the server, before its session begins. */
	install(): void;
}

/** What a fault may go by, besides the reply. */
export interface Served {
	readonly session: Session;
	/** The paths of the request, a character a byte. */
	readonly paths: readonly string[];
}

/** The operation called `name`, or every one, replies what `change` makes of its reply. */
export function replying(name: string, change: (reply: Reply, served: Served) => Reply): Fault["install"] {
	return () => {
		const paths = recordPaths();
		const changed = operations.filter((operation) => name === "*" || operation.name === name);
		if (changed.length === 0) throw new Error(`no operation is called ${name}`);
		for (const operation of changed) {
			const serve = operation.serve.bind(operation);
			operation.serve = (reader, session) => {
				paths.length = 0;
				return change(serve(reader, session), { session, paths });
			};
		}
	};
}

/** The system call is made by `instead`, which gets the true one. */
export function calling<Name extends keyof Addon>(
	name: Name,
	instead: (call: Addon[Name]) => Addon[Name],
): Fault["install"] {
	return () => {
		addon[name] = instead(addon[name]);
	};
}

/** From now on, the paths that requests are found to have. */
function recordPaths(): string[] {
	const paths: string[] = [];
	const { path } = PacketReader.prototype;
	PacketReader.prototype.path = function (this: PacketReader): Buffer {
		const found = path.call(this);
		paths.push(found.toString("latin1"));
		return found;
	};
	return paths;
}
