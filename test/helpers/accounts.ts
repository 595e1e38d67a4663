/*
 * Users that exist for one test file: created with useradd under unique names and
 * removed afterwards. Needs root.
 */
import { randomBytes } from "node:crypto";
import { chownSync, mkdirSync } from "node:fs";
import { mustRun, runCommand } from "./run-command.ts";

/** A user made by `createAccount`. */
export interface Account {
	readonly name: string;
	readonly uid: number;
	readonly gid: number;
	readonly home: string;
	/** Removes the user, but not its home. */
	remove(): Promise<void>;
}

/** Whether this process may create users; tests that need them are skipped with a reason when it may not. */
export const canMakeAccounts = process.getuid?.() === 0;

/**
 * Makes a user with a key-only login. `home` is made, mode 0755, and given to
 * the user; `shell` must be an absolute path.
 */
export async function createAccount(home: string, shell = "/bin/sh"): Promise<Account> {
	const name = `sftpe2e-${randomBytes(4).toString("hex")}`;
	// "*" matches no password and, unlike "!", does not lock the account for sshd.
	await changeAccounts("useradd", ["-M", "-N", "-d", home, "-s", shell, "-p", "*", name]);
	const [uid, gid] = (await mustRun("getent", ["passwd", name])).split(":").slice(2, 4).map(Number);
	if (uid === undefined || gid === undefined) throw new Error(`getent knows no ${name}`);
	mkdirSync(home, { recursive: true, mode: 0o755 });
	chownSync(home, uid, gid);
	return { name, uid, gid, home, remove: () => changeAccounts("userdel", [name]) };
}

/** A group made by `createGroup`. */
export interface Group {
	readonly name: string;
	/** Makes the account a member, from its next login on. */
	add(account: Account): Promise<void>;
	remove(): Promise<void>;
}

/** Makes a group without members, under a name nobody else has. */
export async function createGroup(): Promise<Group> {
	const name = `sftpe2e-${randomBytes(4).toString("hex")}`;
	await changeAccounts("groupadd", [name]);
	return {
		name,
		add: (account) => changeAccounts("usermod", ["-a", "-G", name, account.name]),
		remove: () => changeAccounts("groupdel", [name]),
	};
}

/** These programs fail while another holds the lock of /etc/passwd or /etc/group, and are then tried again. */
async function changeAccounts(program: string, args: readonly string[]): Promise<void> {
	for (;;) {
		const { status, stderr } = await runCommand(`/usr/sbin/${program}`, args);
		if (status === 0) return;
		// userdel refuses while the user has a process, such as sshd's child of a session that is ending.
		const busy = program === "userdel" && status === 8;
		if (!busy && !/lock/.test(stderr.toString()))
			throw new Error(`${program} ${args.join(" ")}: ${status} ${stderr}`);
	}
}
