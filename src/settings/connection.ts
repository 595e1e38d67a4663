/*
 * The user and connection of a session, for Match: from the process and sshd's
 * SSH_CONNECTION, or from -C.
 */
import type { ByteString } from "../posix/byte-string.ts";
import { parseAddress } from "./addresses.ts";
import { type Group, parsePort, type Subject } from "./match.ts";
import { processGids } from "./process-gids.ts";

export interface ConnectionTest {
	readonly user?: string;
	/** Undefined: the user's own. */
	readonly groups?: readonly string[];
	readonly address?: string;
	readonly localAddress?: string;
	readonly localPort?: number;
}

/** The form of -C's value, for error messages. */
export const CONNECTION_EXPECTED = "user=NAME,group=NAME,addr=ADDRESS,laddr=ADDRESS,lport=NUMBER";

/** Parses the value of -C; undefined if it is invalid. Users' names can't contain commas here. */
export function parseConnectionTest(text: string): ConnectionTest | undefined {
	let test: ConnectionTest = {};
	for (const item of text.split(",")) {
		const [, name = "", value = ""] = /^([a-z]+)=(.+)$/s.exec(item) ?? [];
		const change = readItem(name, value, test);
		if (change === undefined) return undefined;
		test = { ...test, ...change };
	}
	return test;
}

function readItem(name: string, value: string, { groups = [] }: ConnectionTest): ConnectionTest | undefined {
	switch (name) {
		case "user":
			return { user: value };
		case "group":
			return { groups: [...groups, value] };
		case "addr":
			return parseAddress(value) && { address: value };
		case "laddr":
			return parseAddress(value) && { localAddress: value };
		case "lport": {
			const localPort = parsePort(value);
			return localPort === undefined ? undefined : { localPort };
		}
		default:
			return undefined;
	}
}

/** The session of this process. `connection` is sshd's variable: client address and port, local address and port. */
export function subjectOf(
	user: string,
	connection: ByteString | undefined,
	groups: () => readonly Group[],
): Subject {
	const [address, , localAddress, localPort] = connection?.split(" ") ?? [];
	return {
		user,
		groups,
		address,
		localAddress,
		localPort: localPort === undefined ? undefined : parsePort(localPort),
	};
}

/** The session that -C describes; criteria on missing parts do not match. */
export function testedSubject(test: ConnectionTest, groupsOfUser: () => readonly Group[]): Subject {
	const { user, groups, address, localAddress, localPort } = test;
	const named = groups?.map((name) => ({ name, id: /^\d+$/.test(name) ? Number(name) : undefined }));
	return {
		user,
		groups: () => named ?? (user === undefined ? [] : groupsOfUser()),
		address,
		localAddress,
		localPort,
	};
}

/** The groups of the process, looked up once. */
export function groupsOfProcess(groupName: (gid: number) => string | undefined): () => readonly Group[] {
	let groups: readonly Group[] | undefined;
	return () => {
		groups ??= [...processGids()].map((id) => ({ id, name: groupName(id) }));
		return groups;
	};
}
