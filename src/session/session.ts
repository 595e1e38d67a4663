/*
 * One client's session as operations see it: the user, the administrator's settings, and
 * the client's handles. The loop, input and output belong to src/server.
 */
import type { Files } from "../files/files.ts";
import { Longnames } from "../files/longname.ts";
import type { Logger } from "../log/logger.ts";
import type { Passwd } from "../posix/addon.ts";
import type { ByteString } from "../posix/byte-string.ts";
import { DirectoryRecords } from "../posix/directory.ts";
import type { RequestId } from "../wire/request-id.ts";
import { Transfer } from "../wire/requests.ts";
import { HandleTable } from "./handle-table.ts";
import type { Policy } from "./policy.ts";
import type { Rules } from "./rules.ts";

export interface SessionSettings {
	readonly user: Passwd;
	/** From SSH_CONNECTION. */
	readonly clientAddress: ByteString;
	readonly policy: Policy;
	readonly rules: Rules;
	readonly log: Logger;
}

export class Session {
	readonly user: Passwd;
	readonly clientAddress: ByteString;
	readonly policy: Policy;
	readonly rules: Rules;
	readonly log: Logger;
	readonly files: Files;
	readonly handles = new HandleTable();
	readonly longnames = new Longnames();
	/** The entries of the READDIR being served. */
	readonly records = new DirectoryRecords();
	/** The READ or WRITE being served. */
	readonly transfer = new Transfer();
	/** The version in the client's last INIT; undefined before the first. */
	clientVersion: number | undefined;
	/** The request being served, for log lines only. */
	requestId: RequestId | 0 = 0;
	/** The longest READ so far, which OpenSSH logs when it grows. */
	longestReadBytes = 0;

	constructor({ user, clientAddress, policy, rules, log }: SessionSettings, files: Files) {
		this.user = user;
		this.clientAddress = clientAddress;
		this.policy = policy;
		this.rules = rules;
		this.log = log;
		this.files = files;
	}
}
