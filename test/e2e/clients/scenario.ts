/*
 * What the clients' scripts share: the directories they work in, and the record
 * of what the client printed, which the matrix compares.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { PeerPackage } from "../../helpers/peer-programs.ts";
import type { CommandResult } from "../../helpers/run-command.ts";
import type { Sshd } from "../../helpers/sshd.ts";

/** The files of one session. */
export interface Place {
	/** The session's own directory, which contains the next three. */
	readonly directory: string;
	readonly local: string;
	/** On this machine too, but used only through the server; belongs to the session's user. */
	readonly remote: string;
	/** The client's HOME, for files that it insists on writing. */
	readonly home: string;
	/** Read-only: a large file of random bytes, its content, and a directory of many small files. */
	readonly bigFile: string;
	readonly bigBytes: Buffer;
	readonly manyDirectory: string;
	/** Two of these paths as the server names them; in some sessions it has its own root. */
	readonly served: { readonly remote: string; readonly manyDirectory: string };
	/** The number of files in `manyDirectory`. */
	readonly manyCount: number;
	/** One of many concurrent sessions: a client that needs a process per command leaves out rarer ones. */
	readonly brief: boolean;
	/** Words that differ in every session, and what a record shows instead. */
	readonly ownWords: readonly (readonly [word: string, shown: string])[];
}

/** Where one session of one client works, and how it gets there. */
export interface Stage extends Place {
	readonly sshd: Sshd;
	readonly port: number;
	readonly user: string;
}

/** The same commands of one client against any server. */
export interface Script<P extends Place> {
	readonly name: string;
	/** Packages that it needs besides sshd and OpenSSH's clients. */
	readonly packages: readonly PeerPackage[];
	/** Parts of the client's output that depend on the moment and are replaced: clock times, speeds, free space. */
	readonly masks: readonly (readonly [RegExp, string])[];
	/** Whether this client shows the text that the server sends with a status. */
	readonly showsServerTexts: boolean;
	run(place: P, transcript: Transcript): Promise<void>;
}

/** A script through sshd. */
export type Scenario = Script<Stage>;

/** What a client printed, in order, without what always differs between two runs. */
export class Transcript {
	readonly #place: Place;
	readonly #masks: Scenario["masks"];
	readonly #parts: string[] = [];

	constructor(place: Place, masks: Scenario["masks"]) {
		this.#place = place;
		this.#masks = masks;
	}

	/** Adds a command's exit status and both its streams. */
	command(title: string, result: CommandResult): void {
		const { status, signal } = result;
		this.note(`$ ${title}\nexit ${signal ?? status}`);
		this.note(result.stdout.toString("latin1"));
		this.note(result.stderr.toString("latin1"));
	}

	/** Adds text; bytes are given as latin1. */
	note(text: string): void {
		let masked = text;
		for (const [word, shown] of this.#place.ownWords) masked = masked.replaceAll(word, shown);
		for (const [pattern, replacement] of this.#masks) masked = masked.replace(pattern, replacement);
		this.#parts.push(masked);
	}

	/** The whole record. */
	toString(): string {
		return this.#parts.join("\n");
	}
}

/** Throws, with the client's output, unless it exited 0. */
export function assertSucceeded(title: string, result: CommandResult): void {
	assert.equal(
		result.status,
		0,
		`${title}: ${result.signal ?? result.status}\n${result.stdout}${result.stderr}`,
	);
}

/** Throws unless the file equals the stage's big file. */
export function assertBig(place: Place, file: string): void {
	const bytes = readFileSync(file);
	assert.ok(bytes.equals(place.bigBytes), `${file}: ${bytes.length} bytes, not those of the original`);
}
