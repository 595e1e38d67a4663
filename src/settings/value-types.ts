/* The types of the values of settings, except directories. keywords.ts says what each keyword sets. */
import { parseAccessPattern } from "../files/access-pattern.ts";
import { RIGHTS } from "../files/access-rights.ts";
import type { AccessRule } from "../files/access-rules.ts";
import {
	FACILITY_NAMES,
	FACILITY_NOT_SET,
	LEVEL_NAMES,
	Level,
	levelName,
	parseFacility,
	parseLevel,
} from "../log/levels.ts";
import { asByteString, type ByteString } from "../posix/byte-string.ts";
import { listItems, patternFault } from "../session/request-list.ts";
import type { IgnorableAttribute } from "../session/rules.ts";
import { processGids } from "./process-gids.ts";
import { type ForcedGroup, NO_GROUP, type Settings } from "./settings.ts";
import { oneWord, quote, Refusal, type ValueType } from "./value-type.ts";

/** "yes" or "no", as in sshd. */
export const yesOrNo: ValueType<boolean> = oneWord({
	expected: "yes or no",
	parse: (text) => {
		const word: string = text.toLowerCase();
		if (word === "yes") return true;
		return word === "no" ? false : undefined;
	},
	show: (value) => (value ? "yes" : "no"),
});

export const logLevel: ValueType<Level> = oneWord({
	expected: `one of ${LEVEL_NAMES.join(" ")}`,
	parse: (text) => known(parseLevel(text), Level.NOT_SET),
	show: (level) => levelName(level).toUpperCase(),
});

export const logFacility: ValueType<number> = oneWord({
	expected: `one of ${FACILITY_NAMES.join(" ")}`,
	parse: (text) => known(parseFacility(text), FACILITY_NOT_SET),
	show: (facility) => FACILITY_NAMES.find((name) => parseFacility(name) === facility) ?? "AUTH",
});

export const logFormat = oneWord<Settings["logFormat"]>({
	expected: "text or json",
	parse: (text: string) => (text === "text" || text === "json" ? text : undefined),
	show: (format) => format,
});

const UMASK_MAX = 0o777;

/**
 * A number as strtol accepts it in base 8: leading blanks, a sign and digits, nothing
 * after them; from 0 to 0777 (sftp-server.c sftp_server_main).
 */
export const umask: ValueType<number> = oneWord({
	expected: "an octal number from 0 to 777",
	parse: (text) => {
		const [, sign, digits] = /^[\t\n\v\f\r ]*([+-]?)([0-7]+)$/.exec(text) ?? [];
		if (digits === undefined) return undefined;
		const mask = Number.parseInt(digits, 8);
		return mask > UMASK_MAX || (sign === "-" && mask > 0) ? undefined : mask;
	},
	show: (mask) => `0${mask.toString(8).padStart(3, "0")}`,
});

/** The mode of a new file. */
export const mode: ValueType<number> = oneWord({
	expected: "an octal number from 0 to 777",
	parse: (text) => (/^[0-7]{1,4}$/.test(text) ? upTo(0o777, Number.parseInt(text, 8)) : undefined),
	show: (bits) => `0${bits.toString(8).padStart(3, "0")}`,
});

/** The bits to clear in a mode. */
export const modeMask: ValueType<number> = oneWord({
	expected: "an octal number from 0 to 7777",
	parse: (text) => (/^[0-7]{1,5}$/.test(text) ? upTo(0o7777, Number.parseInt(text, 8)) : undefined),
	show: (bits) => `0${bits.toString(8).padStart(3, "0")}`,
});

const IGNORABLE: readonly IgnorableAttribute[] = ["mode", "owner", "times"];

/** "none", or names of attributes, each at most once. */
export const attributeList: ValueType<readonly IgnorableAttribute[]> = oneWord({
	expected: "none, or some of mode, owner and times, separated by commas",
	parse: (text) => {
		if (text === "none") return [];
		const items = text.split(",");
		const found = IGNORABLE.filter((name) => items.includes(name));
		return found.length === items.length ? found : undefined;
	},
	show: (names) => (names.length === 0 ? "none" : names.join(",")),
});

const requestNames: ValueType<ByteString> = oneWord({
	expected: "request names separated by commas, at most 40 and none of them empty",
	parse: (text, writer) => {
		const counted = asByteString(listItems(text).join(","));
		return writer === "option" || counted === text ? counted : undefined;
	},
	show: (list) => list,
});

/**
 * Names and patterns of requests. As in OpenSSH, an option's list of names ends at an
 * empty item and after 40 items. A list in a file, or one with patterns, must not have
 * an empty item or more than 40.
 */
export const requestList: ValueType<ByteString> = {
	...requestNames,
	parse: ([text = asByteString("")], writer) => {
		const fault = patternFault(text);
		return fault === undefined ? requestNames.parse([text], writer) : new Refusal(`${quote(text)}: ${fault}`);
	},
};

export const filePath: ValueType<ByteString> = oneWord({
	expected: "the path of a file",
	parse: (text) => (text === "" || text.includes("\0") ? undefined : text),
	show: (path) => path,
});

/** A group that the session's user is in; root may use any group. */
export const forcedGroup: ValueType<ForcedGroup> = {
	...oneWord<ForcedGroup>({
		expected: "the name or number of a group",
		parse: (text) => {
			if (text === "" || text.includes("\0")) return undefined;
			if (!/^\d+$/.test(text)) return { text, gid: NO_GROUP };
			return Number(text) < NO_GROUP ? { text, gid: Number(text) } : undefined;
		},
		show: ({ text }) => text,
	}),
	expand: ({ text, gid: number }, { user, lookUpGroup }) => {
		const gid = number === NO_GROUP ? lookUpGroup(text) : number;
		if (gid === undefined) return new Refusal(`there is no group ${quote(text)}`, true);
		return user.uid === 0 || processGids().has(gid)
			? { text, gid }
			: new Refusal(`user ${user.name} is not in group ${quote(text)}`, true);
	},
};

/** A right and a pattern. */
export const accessRule: ValueType<Omit<AccessRule, "origin">> = {
	expected: "full, read, add, drop, none or hidden, and a pattern",
	words: "several",
	parse: ([right = asByteString(""), text, ...more]) => {
		const known = RIGHTS.find((one) => one === right.toLowerCase());
		if (known === undefined || text === undefined || more.length > 0)
			return new Refusal(`expected ${accessRule.expected}`);
		const pattern = parseAccessPattern(text);
		return typeof pattern === "string"
			? new Refusal(`${quote(text)}: ${pattern}`)
			: { right: known, text, pattern };
	},
	show: ({ right, text }) => [asByteString(right), text],
};

function upTo(limit: number, value: number): number | undefined {
	return value <= limit ? value : undefined;
}

function known<T>(value: T, unknown: T): T | undefined {
	return value === unknown ? undefined : value;
}
