/*
 * Finds the files of an Include. Names are relative to the including file's directory;
 * the patterns of glob(3) expand to files in byte order.
 */
import { matchesTokens, type Token } from "../files/wildcards.ts";
import { asByteString, type ByteString } from "../posix/byte-string.ts";
import type { TrustedFiles } from "./trust.ts";

const WILDCARD = /[*?[]/;

/**
 * The paths for one argument of an Include. A name without wildcards is returned even if
 * there is no such file; a pattern expands to files, not directories. Throws a FileError
 * for a directory that can't be read or trusted.
 *
 * @param directory the including file's directory, absolute
 */
export function includedPaths(
	word: ByteString,
	directory: ByteString,
	files: TrustedFiles,
): readonly ByteString[] {
	const path = word.startsWith("/") ? word : `${directory}/${word}`;
	let found: readonly ByteString[] = [asByteString("")];
	for (const component of path.split("/").filter((name) => name !== "")) {
		const isPattern = WILDCARD.test(component);
		found = isPattern
			? found.flatMap((parent) => matchingEntries(parent, component, files))
			: found.map((parent) => asByteString(`${parent}/${component}`));
	}
	if (WILDCARD.test(path)) found = found.filter((one) => files.hasFile(one));
	return [...found].sort((a, b) => (a < b ? -1 : 1));
}

function matchingEntries(parent: ByteString, pattern: string, files: TrustedFiles): readonly ByteString[] {
	const tokens = globTokens(pattern);
	return files
		.list(parent === "" ? asByteString("/") : parent)
		.filter((name) => (pattern.startsWith(".") || !name.startsWith(".")) && matchesTokens(name, tokens))
		.map((name) => asByteString(`${parent}/${name}`));
}

/** Parses a pattern for one component: "*", "?", sets in brackets with "!" and ranges, and backslashes. */
function globTokens(pattern: string): readonly Token[] {
	const parts = pattern.matchAll(/\\(.)|\[(!?)(\][^\]]*|[^\]]+)\]|(.)/gs);
	return [...parts].map(([, escaped, negation, set, plain]): Token => {
		if (set !== undefined) return setToken(set, negation !== "");
		if (plain === "*") return "*";
		if (plain === "?") return () => true;
		return (char) => char === (escaped ?? plain);
	});
}

/** A range whose ends are in the wrong order matches nothing. */
function setToken(set: string, isNegated: boolean): Token {
	const ranges = [...set.matchAll(/(.)(?:-(.))?/gs)].map(
		([, first = "", last = first]) => [first, last] as const,
	);
	return (char) => ranges.some(([first, last]) => first <= char && char <= last) !== isNegated;
}
