/*
 * One client's session: what is known of the user, what the administrator
 * permits, what the client holds. Operations get it; the loop and the bytes
 * are the server's.
 */
import type { Logger } from "../log/logger.ts";
import type { Passwd } from "../posix/addon.ts";
import { Longnames } from "../posix/longname.ts";
import type { RequestId } from "../wire/request-id.ts";
import { type FileHandle, HandleTable } from "./handles.ts";
import type { Policy } from "./policy.ts";

/** Where a READ's bytes go; the server's output provides it. */
export interface DataPort {
	/**
	 * Moves up to `length` bytes from a file's offset (two words) into the place
	 * of the DATA reply that the operation returns next. The result is the number
	 * of bytes, 0 at the end of the file, or -errno.
	 *
	 * @param share whether pages of the file itself may be sent; they must not if
	 *   the client could change them before the reply is read
	 */
	read(file: FileHandle, offsetHigh: number, offsetLow: number, length: number, share: boolean): number;

	/**
	 * To be called before anything that can change a file's contents by its path:
	 * returns when the reader has all the bytes of files that were sent as pages
	 * of the file instead of copies.
	 */
	settle(): void;
}

/**
 * Results of requests that were done ahead of their turn, side by side with
 * others, because storage is slow. They are taken in the order of the requests.
 */
export interface ResultsAhead {
	/** How many are left; 0 in a session on fast storage. */
	readonly left: number;
	/** The result of the next request, a STAT or LSTAT, as the call's own function gives it. */
	takeStat(): number;
	/** The result of the next request, a READ: its bytes go to `Session.data`. */
	takeRead(): number;
}

/** WRITEs that were made together with those before them. */
export interface WritesAhead {
	/**
	 * How many bytes of the WRITE being served are in the file already: all, the
	 * first few, or none. `start` is where its data lie in the input buffer.
	 */
	takeWritten(start: number): number;
}

export interface SessionSettings {
	readonly user: Passwd;
	/** From SSH_CONNECTION; one character a byte. */
	readonly clientAddress: string;
	readonly policy: Policy;
	readonly log: Logger;
	readonly data: DataPort;
	readonly ahead: ResultsAhead;
	readonly writesAhead: WritesAhead;
}

export class Session {
	readonly user: Passwd;
	readonly clientAddress: string;
	readonly policy: Policy;
	readonly log: Logger;
	readonly data: DataPort;
	readonly ahead: ResultsAhead;
	readonly writesAhead: WritesAhead;
	readonly handles = new HandleTable();
	readonly longnames = new Longnames();
	/** What the client's last INIT said; undefined before the first. */
	clientVersion: number | undefined;
	/** The request being served, for log lines only. */
	requestId: RequestId | 0 = 0;
	/** The longest READ so far, which OpenSSH logs when it grows. */
	longestReadBytes = 0;

	constructor(settings: SessionSettings) {
		this.user = settings.user;
		this.clientAddress = settings.clientAddress;
		this.policy = settings.policy;
		this.log = settings.log;
		this.data = settings.data;
		this.ahead = settings.ahead;
		this.writesAhead = settings.writesAhead;
	}
}
