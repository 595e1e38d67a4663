/*
 * Which requests the administrator permits: -R, -P and -p of the command line
 * (sftp-server.c request_permitted, match.c match_list). Decides and logs;
 * dispatch answers.
 */
import {
	permittedAllowlisted,
	refusedDenylisted,
	refusedNotAllowlisted,
	refusedReadOnly,
} from "../log/events/session.ts";
import type { Logger } from "../log/logger.ts";

/** What a policy needs to know of an operation. */
export interface Regulated {
	/** The short name that -p and -P take. */
	readonly name: string;
	readonly writes: boolean;
}

/** Items of a list that count; the rest are passed over (match.c MAX_PROP). */
const MAX_ITEMS = 40;
/** Characters that make an item a pattern; no request name holds one. */
const GLOB = /[*?[\]{}!()|+@]/;

export class Policy {
	readonly readOnly: boolean;
	readonly #denied: NameList | undefined;
	readonly #allowed: NameList | undefined;
	readonly #log: Logger;

	/** @param denied, allowed the arguments of -P and -p, undefined when not given. */
	constructor(readOnly: boolean, denied: string | undefined, allowed: string | undefined, log: Logger) {
		this.readOnly = readOnly;
		this.#denied = denied === undefined ? undefined : new NameList(denied);
		this.#allowed = allowed === undefined ? undefined : new NameList(allowed);
		this.#log = log;
	}

	/** Whether `permits` would say yes; logs nothing. */
	wouldPermit({ name, writes }: Regulated): boolean {
		if ((this.readOnly && writes) || this.#denied?.has(name)) return false;
		return this.#allowed === undefined || this.#allowed.has(name);
	}

	/** Whether the request may be served; logs what was decided, in OpenSSH's words. */
	permits(operation: Regulated): boolean {
		const { name } = operation;
		if (this.readOnly && operation.writes) {
			this.#log.log(refusedReadOnly, name);
			return false;
		}
		if (this.#denied?.has(name)) {
			this.#log.log(refusedDenylisted, name);
			return false;
		}
		if (this.#allowed === undefined) return true;
		if (this.#allowed.has(name)) {
			this.#log.log(permittedAllowlisted, name);
			return true;
		}
		this.#log.log(refusedNotAllowlisted, name);
		return false;
	}

	/** OPEN's own rule, checked when its flags are known: whether it may change anything. */
	refusesChange(): boolean {
		if (!this.readOnly) return false;
		this.#log.log(refusedReadOnly, "open");
		return true;
	}
}

/** The items of a list: separated by commas, ended by an empty one, 40 at most. */
export function listItems(list: string): readonly string[] {
	const items = list.split(",");
	const empty = items.indexOf("");
	return items.slice(0, empty === -1 ? MAX_ITEMS : Math.min(empty, MAX_ITEMS));
}

/** The items of `list` that match none of `names`. */
export function unknownItems(list: string, names: readonly string[]): readonly string[] {
	return listItems(list).filter((item) => {
		const matches = matcher(item);
		return !names.some(matches);
	});
}

/** A -p or -P list. Names without a glob character are compared exactly. */
class NameList {
	readonly #matchers: readonly ((name: string) => boolean)[];
	readonly #known = new Map<string, boolean>();

	constructor(list: string) {
		this.#matchers = listItems(list).map(matcher);
	}

	has(name: string): boolean {
		const known = this.#known.get(name);
		if (known !== undefined) return known;
		const found = this.#matchers.some((matches) => matches(name));
		/* Bounded: only the names of operations are asked for. */
		this.#known.set(name, found);
		return found;
	}
}

function matcher(item: string): (name: string) => boolean {
	if (!GLOB.test(item)) return (name) => name === item;
	/* Loaded only when a list holds a pattern. */
	const { Minimatch }: typeof import("minimatch") = require("minimatch");
	const pattern = new Minimatch(item, { nocomment: true, nonegate: true });
	return (name) => pattern.match(name);
}
