/*
 * Which requests the administrator permits, by -R, -P and -p (sftp-server.c
 * request_permitted, match.c match_list). Dispatch logs the decision and answers.
 */

import type { EventType } from "../log/event.ts";
import {
	permittedAllowlisted,
	refusedDenylisted,
	refusedNotAllowlisted,
	refusedReadOnly,
} from "../log/events/session.ts";

import { listItems, requestMatcher } from "./request-list.ts";

/** What a policy needs to know about an operation. */
export interface Regulated {
	/** The short name that -p and -P take. */
	readonly name: string;
	readonly writes: boolean;
}

/** What the policy says about one operation. */
export interface Decision {
	readonly permitted: boolean;
	/** Logged for each of its requests, with the operation's name. */
	readonly event: EventType<[operation: string]> | undefined;
}

const PERMITTED: Decision = { permitted: true, event: undefined };

export class Policy {
	readonly readOnly: boolean;
	readonly #denied: NameList | undefined;
	readonly #allowed: NameList | undefined;

	/** @param denied, allowed the arguments of -P and -p; undefined if not given */
	constructor(readOnly: boolean, denied: string | undefined, allowed: string | undefined) {
		this.readOnly = readOnly;
		this.#denied = denied === undefined ? undefined : new NameList(denied);
		this.#allowed = allowed === undefined ? undefined : new NameList(allowed);
	}

	/** Whether the operation's requests may be served; the same for the whole session. */
	decide({ name, writes }: Regulated): Decision {
		if (this.readOnly && writes) return { permitted: false, event: refusedReadOnly };
		if (this.#denied?.has(name)) return { permitted: false, event: refusedDenylisted };
		if (this.#allowed === undefined) return PERMITTED;
		return this.#allowed.has(name)
			? { permitted: true, event: permittedAllowlisted }
			: { permitted: false, event: refusedNotAllowlisted };
	}
}

/** A -p or -P list. Names without a glob character are compared exactly. */
class NameList {
	readonly #matchers: readonly ((name: string) => boolean)[];
	constructor(list: string) {
		this.#matchers = listItems(list).map(requestMatcher);
	}

	has(name: string): boolean {
		return this.#matchers.some((matches) => matches(name));
	}
}
