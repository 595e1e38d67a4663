/*
 * What the clients' scripts share: the directories they work in, and the record of
 * what the client printed. The matrix compares the records.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { PeerPackage } from "../../helpers/peer-programs.ts";
import type { CommandResult } from "../../helpers/run-command.ts";
import type { Sshd } from "../../helpers/sshd.ts";

/** The files of one session. */
export interface Place {
	/** The session's own directory, which holds the next three. */
	readonly directory: string;
	readonly local: string;
	/** On this machine too, but meant to be touched through the server alone; belongs to the session's user. */
	readonly remote: string;
	/** The client's HOME, for what it insists on writing. */
	readonly home: string;
	/** Only to be read: a large file of random bytes, its content, and a directory of many small files. */
	readonly bigFile: string;
	readonly bigBytes: Buffer;
	readonly manyDirectory: string;
	/** Two of these as the server names them, which has a root of its own in some sessions. */
	readonly served: { readonly remote: string; readonly manyDirectory: string };
	/** How many files `manyDirectory` holds. */
	readonly manyCount: number;
	/** One of many sessions at a time: a client that needs a process per command leaves the rarer ones out. */
	readonly brief: boolean;
	/** Words that are another in every session, and what a record shows in their stead. */
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
	/** What has to be installed for it, beside sshd and OpenSSH's clients. */
	readonly packages: readonly PeerPackage[];
	/** What to replace in this client's output because it depends on the moment: clock times, speeds, free space. */
	readonly masks: readonly (readonly [RegExp, string])[];
	/** Whether this client shows the words that the server sends with a status. */
	readonly showsServerTexts: boolean;
	run(place: P, transcript: Transcript): Promise<void>;
}

/** A script through sshd. */
export type Scenario = Script<Stage>;

/** What a client printed, in order, without what differs between two runs in any case. */
export class Transcript {
	readonly #place: Place;
	readonly #masks: Scenario["masks"];
	readonly #parts: string[] = [];

	constructor(place: Place, masks: Scenario["masks"]) {
		this.#place = place;
		this.#masks = masks;
	}

	/** Adds a command's exit and both its streams. */
	command(title: string, result: CommandResult): void {
		const { status, signal } = result;
		this.note(`$ ${title}\nexit ${signal ?? status}`);
		this.note(result.stdout.toString("latin1"));
		this.note(result.stderr.toString("latin1"));
	}

	/** Adds text; bytes are to be given as latin1. */
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

/** Throws, with what the client said, unless it exited 0. */
export function assertSucceeded(title: string, result: CommandResult): void {
	assert.equal(
		result.status,
		0,
		`${title}: ${result.signal ?? result.status}\n${result.stdout}${result.stderr}`,
	);
}

/** Throws unless the file holds the stage's big file, byte for byte. */
export function assertBig(place: Place, file: string): void {
	const bytes = readFileSync(file);
	assert.ok(bytes.equals(place.bigBytes), `${file}: ${bytes.length} bytes, not those of the original`);
}
