/*
 * The criteria of Match: parsed from a line and applied to a session (servconf.c
 * match_cfg_line). Criteria that could never match are refused as mistakes.
 */
import { matchesPattern } from "../files/wildcards.ts";
import type { ByteString } from "../posix/byte-string.ts";
import { contains, type Network, parseAddress, parseNetwork } from "./addresses.ts";
import { LineError } from "./config-error.ts";
import { matchesList, type PatternItem, splitPatternList } from "./patterns.ts";
import { quote } from "./value-type.ts";
import { delimitedWord, OpenQuote, type Word } from "./words.ts";

/** A group of the session. The name is undefined if the group has no database entry. */
export interface Group {
	readonly id: number | undefined;
	readonly name: string | undefined;
}

/** A session's user and connection. Unknown parts match no criterion. */
export interface Subject {
	readonly user: string | undefined;
	/** Called only for criteria about groups. */
	groups(): readonly Group[];
	readonly address: string | undefined;
	readonly localAddress: string | undefined;
	readonly localPort: number | undefined;
}

export type Criterion = (subject: Subject) => boolean;

const CRITERIA = "User, Group, Address, LocalAddress, LocalPort or All";

/** Parses what follows "Match". Throws a LineError. */
export function parseMatch(line: ByteString, start: number): readonly Criterion[] {
	const criteria: Criterion[] = [];
	let next = start;
	const nextWord = (): Word | undefined => {
		if (next >= line.length || line.charAt(next) === "#") return undefined;
		const found = delimitedWord(line, next);
		if (found instanceof OpenQuote) throw new LineError(found.column, "the quote is not closed");
		next = found.next;
		return found.word;
	};
	for (let word = nextWord(); word !== undefined; word = nextWord()) {
		const name = word.text.toLowerCase();
		if (name === "all") {
			if (criteria.length > 0 || nextWord() !== undefined)
				throw new LineError(word.column, "All can't be combined with other criteria");
			return [() => true];
		}
		const read = readers.get(name);
		if (read === undefined) throw new LineError(word.column, `expected ${CRITERIA}, not ${quote(word.text)}`);
		const argument = nextWord();
		if (argument === undefined || argument.text === "")
			throw new LineError(argument?.column ?? line.length + 1, `${word.text}: expected ${read.expected}`);
		criteria.push(read.criterion(argument));
	}
	if (criteria.length === 0) throw new LineError(line.length + 1, `expected ${CRITERIA}`);
	return criteria;
}

interface Reader {
	readonly expected: string;
	criterion(argument: Word): Criterion;
}

const readers: ReadonlyMap<string, Reader> = new Map([
	[
		"user",
		patternReader("names of users", (items) => ({ user }) => {
			return user !== undefined && matchesList(items, ({ pattern }) => matchesPattern(user, pattern));
		}),
	],
	[
		"group",
		patternReader("names or numbers of groups", (items) => (subject) => isInGroups(items, subject.groups())),
	],
	["address", addressReader(({ address }) => address)],
	["localaddress", addressReader(({ localAddress }) => localAddress)],
	["localport", { expected: "a number from 1 to 65535", criterion: portCriterion }],
]);

function patternReader(what: string, make: (items: readonly PatternItem[]) => Criterion): Reader {
	const expected = `${what} or patterns, separated by commas`;
	return { expected, criterion: (argument) => make(readList(argument, expected)) };
}

/** The entries of a list. Refuses empty entries, and a list of negated entries alone, which never matches. */
function readList({ text, column }: Word, expected: string): readonly PatternItem[] {
	const items = splitPatternList(text);
	if (items === undefined) throw new LineError(column, `expected ${expected}, not ${quote(text)}`);
	if (items.every(({ negated }) => negated))
		throw new LineError(column, `${quote(text)} never matches: add a pattern without !, such as *`);
	return items;
}

/** Like groupaccess.c ga_match_pattern_list, but an entry of digits is a group's number. */
function isInGroups(items: readonly PatternItem[], groups: readonly Group[]): boolean {
	return matchesList(items, ({ pattern }) =>
		groups.some(
			({ id, name }) =>
				(/^\d+$/.test(pattern) && id === Number(pattern)) ||
				(name !== undefined && matchesPattern(name, pattern)),
		),
	);
}

/** As addrmatch.c addr_match_list: an entry is an address, a network, or a pattern for the address's text. */
function addressReader(of: (subject: Subject) => string | undefined): Reader {
	const expected = "addresses, networks such as 192.0.2.0/24, or patterns, separated by commas";
	return {
		expected,
		criterion: (argument) => {
			const items = readList(argument, expected).map(({ negated, pattern }) => {
				const network = parseNetwork(pattern);
				if (network === undefined && !/^(?=.*[*?])[\da-fA-F.:*?]+$/.test(pattern))
					throw new LineError(argument.column, `expected ${expected}, not ${quote(pattern)}`);
				return { negated, pattern, network };
			});
			return (subject) => {
				const text = of(subject);
				return text !== undefined && matchesAddress(items, text);
			};
		},
	};
}

function matchesAddress(
	items: readonly (PatternItem & { readonly network: Network | undefined })[],
	text: string,
): boolean {
	const address = parseAddress(text);
	if (address === undefined) return false;
	return matchesList(items, ({ network, pattern }) =>
		network === undefined ? matchesPattern(text, pattern) : contains(network, address),
	);
}

function portCriterion({ text, column }: Word): Criterion {
	const port = parsePort(text);
	if (port === undefined)
		throw new LineError(column, `expected a number from 1 to 65535, not ${quote(text)}`);
	return ({ localPort }) => localPort === port;
}

/** A port's number in decimal digits, undefined for anything else. */
export function parsePort(text: string): number | undefined {
	const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
	return port >= 1 && port <= 65535 ? port : undefined;
}
