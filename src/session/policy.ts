/*
 * Which requests the administrator permits: -R, -P and -p of the command line
 * (sftp-server.c request_permitted, match.c match_list). Decides; dispatch logs
 * and answers.
 */

import type { EventType } from "../log/event.ts";
import {
	permittedAllowlisted,
	refusedDenylisted,
	refusedNotAllowlisted,
	refusedReadOnly,
} from "../log/events/session.ts";

/** What a policy needs to know of an operation. */
export interface Regulated {
	/** The short name that -p and -P take. */
	readonly name: string;
	readonly writes: boolean;
}

/** Items of a list that count; the rest are ignored (match.c MAX_PROP). */
const MAX_ITEMS = 40;
/** Characters that make an item a pattern; no request name holds one. */
const GLOB = /[*?[\]{}()]/;
const CLOSING: Readonly<Record<string, string>> = { "{": "}", "[": "]", "(": ")" };

/** What the policy says about one operation. */
export interface Decision {
	readonly permitted: boolean;
	/** What is logged about it, with the operation's name, each time it is asked for. */
	readonly event: EventType<[operation: string]> | undefined;
}

const PERMITTED: Decision = { permitted: true, event: undefined };

export class Policy {
	readonly readOnly: boolean;
	readonly #denied: NameList | undefined;
	readonly #allowed: NameList | undefined;

	/** @param denied, allowed the arguments of -P and -p, undefined when not given. */
	constructor(readOnly: boolean, denied: string | undefined, allowed: string | undefined) {
		this.readOnly = readOnly;
		this.#denied = denied === undefined ? undefined : new NameList(denied);
		this.#allowed = allowed === undefined ? undefined : new NameList(allowed);
	}

	/** Whether the operation's requests may be served; the same answer all session long. */
	decide({ name, writes }: Regulated): Decision {
		if (this.readOnly && writes) return { permitted: false, event: refusedReadOnly };
		if (this.#denied?.has(name)) return { permitted: false, event: refusedDenylisted };
		if (this.#allowed === undefined) return PERMITTED;
		return this.#allowed.has(name)
			? { permitted: true, event: permittedAllowlisted }
			: { permitted: false, event: refusedNotAllowlisted };
	}
}

/**
 * The items of a list that count: separated by commas, ended by an empty one, 40 at
 * most (match.c match_list). A comma between the brackets of a pattern separates nothing.
 */
export function listItems(list: string): readonly string[] {
	const items = splitList(list).items;
	const empty = items.indexOf("");
	return items.slice(0, empty === -1 ? MAX_ITEMS : Math.min(empty, MAX_ITEMS));
}

/**
 * Why a list with patterns would not do what it seems to: brackets that are not
 * closed, or items that do not count. OpenSSH has no patterns, so such a list can
 * be refused; a list of names is taken as OpenSSH takes it.
 */
export function patternFault(list: string): string | undefined {
	if (!GLOB.test(list)) return undefined;
	const { items, isBalanced } = splitList(list);
	if (!isBalanced) return "its brackets are not balanced";
	if (items.length > MAX_ITEMS) return `it has more than ${MAX_ITEMS} items`;
	return items.includes("") ? "it has an empty item" : undefined;
}

function splitList(list: string): { readonly items: readonly string[]; readonly isBalanced: boolean } {
	const items: string[] = [];
	/** The brackets that close those that are open. */
	const open: string[] = [];
	let isBalanced = true;
	let start = 0;
	for (const [at, character] of [...list].entries()) {
		const closing = CLOSING[character];
		if (closing !== undefined) open.push(closing);
		else if (character === "}" || character === "]" || character === ")")
			isBalanced &&= open.pop() === character;
		else if (character === "," && open.length === 0) {
			items.push(list.slice(start, at));
			start = at + 1;
		}
	}
	items.push(list.slice(start));
	return { items, isBalanced: isBalanced && open.length === 0 };
}

/** The items of `list` that match none of `names`. */
export function unknownItems(list: string, names: readonly string[]): readonly string[] {
	return listItems(list).filter((item) => {
		const matches = matcher(item);
		return !names.some(matches);
	});
}

/** Whether the item is a pattern. */
export function isPattern(item: string): boolean {
	return GLOB.test(item);
}

/** A -p or -P list. Names without a glob character are compared exactly. */
class NameList {
	readonly #matchers: readonly ((name: string) => boolean)[];
	constructor(list: string) {
		this.#matchers = listItems(list).map(matcher);
	}

	has(name: string): boolean {
		return this.#matchers.some((matches) => matches(name));
	}
}

function matcher(item: string): (name: string) => boolean {
	if (!isPattern(item)) return (name) => name === item;
	/* Loaded only when a list holds a pattern. */
	const { Minimatch }: typeof import("minimatch") = require("minimatch");
	const pattern = new Minimatch(item, { nocomment: true, nonegate: true });
	return (name) => pattern.match(name);
}
