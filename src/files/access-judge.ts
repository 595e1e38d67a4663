/*
 * Applies the rules of Access to files: the right at a descriptor's actual location,
 * and whether the session created the file. Logs refusals.
 */
import { accessRefused, createdFilesFull, noBirthTime } from "../log/events/access.ts";
import type { Logger } from "../log/logger.ts";
import { addon } from "../posix/addon.ts";
import type { ByteString } from "../posix/byte-string.ts";
import { errno } from "../posix/errno.ts";
import { FileType, StatBuffer } from "../posix/stat.ts";
import type { Locator } from "./access-location.ts";
import { dependsOnOwner, type FileProperties, isSeen, type Right } from "./access-rights.ts";
import type { AccessRules } from "./access-rules.ts";
import { CreatedFiles } from "./created-files.ts";

/** An existing file and the right over it. The descriptor stays the caller's. */
export class JudgedFile implements FileProperties {
	readonly fd: number;
	/** Its location, from the client's "/". */
	readonly path: ByteString;
	/** The number of the rule that applies there. */
	readonly rule: number;
	readonly right: Right;
	readonly type: FileType;
	readonly #created: CreatedFiles;
	#isOwn: boolean | undefined;

	constructor(
		fd: number,
		path: ByteString,
		rule: number,
		right: Right,
		type: FileType,
		created: CreatedFiles,
	) {
		this.fd = fd;
		this.path = path;
		this.rule = rule;
		this.right = right;
		this.type = type;
		this.#created = created;
	}

	get isDirectory(): boolean {
		return this.type === FileType.DIRECTORY;
	}

	isOwn(): boolean {
		this.#isOwn ??= this.#created.has(this.fd);
		return this.#isOwn;
	}
}

export class AccessJudge {
	readonly rules: AccessRules;
	readonly locator: Locator;
	readonly created: CreatedFiles;
	readonly #log: Logger;
	readonly #stat = new StatBuffer();

	constructor(rules: AccessRules, locator: Locator, log: Logger, created = new CreatedFiles()) {
		this.rules = rules;
		this.locator = locator;
		this.#log = log;
		this.created = created;
	}

	/** Judges a descriptor's file; returns -errno on failure, -ENOENT if its name was removed. */
	file(fd: number): JudgedFile | number {
		const path = this.locator.pathOf(fd);
		if (typeof path === "number") return path;
		const result = addon.fstat(fd, this.#stat.words);
		if (result < 0) return result;
		const rule = this.rules.at(path);
		return new JudgedFile(fd, path, rule, this.rules.right(rule), this.#stat.type, this.created);
	}

	/** 0 if the answer is yes; -ENOENT for a file that the client does not see; otherwise -EACCES. */
	permit(file: JudgedFile, question: (right: Right, file: FileProperties) => boolean): number {
		if (question(file.right, file)) return 0;
		return isSeen(file.right, file) ? this.refuse(file.path, file.rule) : this.conceal(file.path, file.rule);
	}

	/** Logs a refusal by the rule with that number; returns -EACCES. */
	refuse(path: ByteString, rule: number): number {
		this.#logRefusal(path, rule);
		return -errno.EACCES;
	}

	/** Logs the refusal of a file that the client does not see; returns -ENOENT. */
	conceal(path: ByteString, rule: number): number {
		this.#logRefusal(path, rule);
		return -errno.ENOENT;
	}

	/** Returns -EDQUOT, and logs that, if the session can't remember another file as its own; otherwise 0. */
	roomFor(path: ByteString, right: Right): number {
		if (!dependsOnOwner(right) || !this.created.isFull) return 0;
		this.#log.log(createdFilesFull, path, this.created.limit);
		return -errno.EDQUOT;
	}

	/** Records a file that the session has created: a name in a directory, or a descriptor's file. */
	note(path: ByteString, right: Right, directory: number, name?: Buffer): void {
		if (!this.created.add(directory, name) && dependsOnOwner(right)) this.#log.log(noBirthTime, path);
	}

	#logRefusal(path: ByteString, number: number): void {
		const rule = this.rules.rule(number);
		if (rule === undefined) return;
		const { right, text: pattern, origin } = rule;
		const from =
			origin.kind === "file"
				? { file: origin.file, line: origin.line, option: undefined }
				: { file: undefined, line: undefined, option: origin.option };
		this.#log.log(accessRefused, path, { right, pattern, ...from });
	}
}
