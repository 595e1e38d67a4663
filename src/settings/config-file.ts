/*
 * The configuration file and the files that it includes. All of it is read, so that an
 * error is found even if it concerns other sessions; then one session's settings are
 * selected. A Match block ends at the next one or at the end of its file. A file
 * included in a block applies where the block does.
 */
import { type ByteString, sliceBytes } from "../posix/byte-string.ts";
import { ConfigError, FileError, LineError } from "./config-error.ts";
import { includedPaths } from "./include.ts";
import { type Criterion, parseMatch, type Subject } from "./match.ts";
import type { Assignment } from "./resolve.ts";
import { type Line, lineArguments, parseLine, parseSetting } from "./setting-line.ts";
import type { TrustedFiles } from "./trust.ts";

/** As sshd's (servconf.c SERVCONF_MAX_DEPTH). */
const MAX_DEPTH = 16;

/** Lines up to the next Match. */
interface Block {
	/** Undefined before the first Match of a file. */
	readonly criteria: readonly Criterion[] | undefined;
	readonly items: readonly (Assignment | ConfigFile)[];
}

export interface ConfigFile {
	readonly blocks: readonly Block[];
}

/**
 * Reads a file and what it includes. Throws a ConfigError.
 *
 * @param path absolute
 * @param opened a descriptor of it, which is closed
 */
export function readConfigFile(path: ByteString, files: TrustedFiles, opened?: number): ConfigFile {
	try {
		return parseFile(path, files.read(path, opened), files, 0);
	} catch (error) {
		if (error instanceof FileError) throw new ConfigError(error.message);
		throw error;
	}
}

/** The file's assignments for a session: matching Match blocks in order, then the lines before the first Match. */
export function assignmentsFor(config: ConfigFile, subject: Subject): readonly Assignment[] {
	const matched: Assignment[] = [];
	const global: Assignment[] = [];
	collect(config, false);
	return [...matched, ...global];

	function collect({ blocks }: ConfigFile, inMatch: boolean): void {
		for (const { criteria, items } of blocks) {
			if (criteria !== undefined && !criteria.every((holds) => holds(subject))) continue;
			const isConditional = inMatch || criteria !== undefined;
			for (const item of items)
				if ("blocks" in item) collect(item, isConditional);
				else (isConditional ? matched : global).push(item);
		}
	}
}

function parseFile(file: ByteString, content: ByteString, files: TrustedFiles, depth: number): ConfigFile {
	let items: (Assignment | ConfigFile)[] = [];
	const blocks: Block[] = [{ criteria: undefined, items }];
	let number = 0;
	for (let start = 0; start < content.length; number++) {
		const lineEnd = content.indexOf("\n", start);
		const end = lineEnd === -1 ? content.length : lineEnd;
		try {
			const line = parseLine(sliceBytes(content, start, end));
			const name = line?.keyword.text.toLowerCase();
			if (line === undefined) {
				/* Empty, or a comment. */
			} else if (name === "match") {
				items = [];
				blocks.push({ criteria: parseMatch(line.text, line.argumentsStart), items });
			} else if (name === "include") items.push(...included(line, file, files, depth));
			else items.push(assignmentOf(line, file, number + 1));
		} catch (error) {
			if (!(error instanceof LineError)) throw error;
			throw new ConfigError(error.message, { file, line: number + 1, column: error.column });
		}
		start = end + 1;
	}
	return { blocks };
}

function assignmentOf(line: Line, file: ByteString, number: number): Assignment {
	const { keyword, written, column } = parseSetting(line);
	return { keyword, written, origin: { kind: "file", file, line: number, column } };
}

function included(line: Line, file: ByteString, files: TrustedFiles, depth: number): readonly ConfigFile[] {
	const words = lineArguments(line, "files to include");
	if (depth === MAX_DEPTH)
		throw new LineError(line.keyword.column, `files are included more than ${MAX_DEPTH} deep`);
	const directory = sliceBytes(file, 0, file.lastIndexOf("/"));
	return words.flatMap(({ text, column }) => {
		if (text === "") throw new LineError(column, "Include: expected the name of a file");
		try {
			return includedPaths(text, directory, files).map((path) =>
				parseFile(path, files.read(path), files, depth + 1),
			);
		} catch (error) {
			if (error instanceof FileError) throw new LineError(column, error.message);
			throw error;
		}
	});
}
