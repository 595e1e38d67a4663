/*
 * Where deliberate faults are inserted: around what an operation replies, and
 * around system calls. All of them are names that the compiler checks, so a
 * rename in src/ either includes the faults or is reported here; none is matched
 * source text.
 */
import { operations } from "../../../src/ops/index.ts";
import { type Addon, addon } from "../../../src/posix/addon.ts";
import type { Session } from "../../../src/session/session.ts";
import { PacketReader } from "../../../src/wire/reader.ts";
import type { Reply } from "../../../src/wire/replies.ts";

/** A mistake that a programmer might make. */
export interface Fault {
	readonly name: string;
	/** Installs it in the server's process before the session begins. */
	install(): void;
}

/** What a fault may depend on, besides the reply. */
export interface Served {
	readonly session: Session;
	/** The paths of the request, one character per byte. */
	readonly paths: readonly string[];
}

/** Makes the operation `name`, or every operation, reply what `change` returns for its reply. */
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

/** Replaces a system call by `instead`, which gets the original. */
export function calling<Name extends keyof Addon>(
	name: Name,
	instead: (call: Addon[Name]) => Addon[Name],
): Fault["install"] {
	return () => {
		addon[name] = instead(addon[name]);
	};
}

/** From now on, records the paths in requests. */
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
