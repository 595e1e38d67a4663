/*
 * The table of operations that tests share: OpenSSH's, in the order of
 * `-Q requests`, written from the draft and OpenSSH's PROTOCOL, and our own
 * extensions, as the manual page lists them. Shares no code with src/.
 */
import { FXP, type ReplyKind } from "./packets.ts";

/* The bundler inserts the manual page's list of requests (bundle.mjs). */
declare const MANUAL_REQUESTS: readonly NamedOperation[];

/**
 * A path may have a NUL only at its end; a string contains any bytes; ids are a
 * string of uint32s; data is a string of file content.
 */
export type FieldKind = "path" | "string" | "handle" | "u32" | "u64" | "data" | "attrs" | "ids";

export interface NamedOperation {
	/** The name in -p, -P and -Q. */
	readonly name: string;
	/** Refused under -R. */
	readonly writes: boolean;
}

export interface OperationRow extends NamedOperation {
	/** Packet type, or the name of an extension. */
	readonly what: number | string;
	/** The data after an extension's name in VERSION. */
	readonly version?: string;
	/** The fields after the request ID, in wire order. */
	readonly fields: readonly FieldKind[];
	/** The reply on success, if not a STATUS. */
	readonly reply?: ReplyKind;
	/** The C function that OpenSSH's log lines name. */
	readonly functionName: string;
}

type Rest = Partial<Pick<OperationRow, "version" | "reply" | "functionName">>;

function row(
	name: string,
	what: number | string,
	access: "reads" | "writes",
	fields: readonly FieldKind[],
	rest: Rest = {},
): OperationRow {
	const prefix = typeof what === "string" ? "process_extended" : "process";
	const functionName = `${prefix}_${name.replaceAll("-", "_")}`;
	const version = typeof what === "string" ? { version: "1" } : {};
	return { name, what, writes: access === "writes", fields, functionName, ...version, ...rest };
}

export const OPENSSH_OPERATIONS: readonly OperationRow[] = [
	row("open", FXP.OPEN, "reads", ["path", "u32", "attrs"], { reply: "handle" }),
	row("close", FXP.CLOSE, "reads", ["handle"]),
	row("read", FXP.READ, "reads", ["handle", "u64", "u32"], { reply: "data" }),
	row("write", FXP.WRITE, "writes", ["handle", "u64", "data"]),
	row("lstat", FXP.LSTAT, "reads", ["path"], { reply: "attrs", functionName: "process_do_stat" }),
	row("fstat", FXP.FSTAT, "reads", ["handle"], { reply: "attrs" }),
	row("setstat", FXP.SETSTAT, "writes", ["path", "attrs"]),
	row("fsetstat", FXP.FSETSTAT, "writes", ["handle", "attrs"]),
	row("opendir", FXP.OPENDIR, "reads", ["path"], { reply: "handle" }),
	row("readdir", FXP.READDIR, "reads", ["handle"], { reply: "names" }),
	row("remove", FXP.REMOVE, "writes", ["path"]),
	row("mkdir", FXP.MKDIR, "writes", ["path", "attrs"]),
	row("rmdir", FXP.RMDIR, "writes", ["path"]),
	row("realpath", FXP.REALPATH, "reads", ["path"], { reply: "names" }),
	row("stat", FXP.STAT, "reads", ["path"], { reply: "attrs", functionName: "process_do_stat" }),
	row("rename", FXP.RENAME, "writes", ["path", "path"]),
	row("readlink", FXP.READLINK, "reads", ["path"], { reply: "names" }),
	row("symlink", FXP.SYMLINK, "writes", ["path", "path"]),
	row("posix-rename", "posix-rename@openssh.com", "writes", ["path", "path"]),
	row("statvfs", "statvfs@openssh.com", "reads", ["path"], { version: "2", reply: "extended" }),
	row("fstatvfs", "fstatvfs@openssh.com", "reads", ["handle"], { version: "2", reply: "extended" }),
	row("hardlink", "hardlink@openssh.com", "writes", ["path", "path"]),
	row("fsync", "fsync@openssh.com", "writes", ["handle"]),
	row("lsetstat", "lsetstat@openssh.com", "writes", ["path", "attrs"]),
	row("limits", "limits@openssh.com", "reads", [], { reply: "extended" }),
	row("expand-path", "expand-path@openssh.com", "reads", ["path"], {
		reply: "names",
		functionName: "process_extended_expand",
	}),
	row("copy-data", "copy-data", "writes", ["handle", "u64", "u64", "handle", "u64"]),
	row("home-directory", "home-directory", "reads", ["path"], { reply: "names" }),
	row("users-groups-by-id", "users-groups-by-id@openssh.com", "reads", ["ids", "ids"], {
		reply: "extended",
		functionName: "process_extended_get_users_groups_by_id",
	}),
];

/**
 * Extensions of our own that a session without configuration offers: the requests
 * in the manual page that OpenSSH does not have. Comparisons with OpenSSH's server
 * ignore them (differences.ts). Their own tests state how they look on the wire.
 */
export const OWN_OPERATIONS = MANUAL_REQUESTS.filter(
	({ name }) => !OPENSSH_OPERATIONS.some((row) => row.name === name),
);

/** Every operation, in the order of our `-Q requests`. */
export const OPERATIONS: readonly NamedOperation[] = [...OPENSSH_OPERATIONS, ...OWN_OPERATIONS];

/** The extensions among the rows as VERSION offers them: name and data. */
export function extensionPairs(rows: readonly OperationRow[]): string[][] {
	return rows.flatMap(({ what, version = "" }) => (typeof what === "string" ? [[what, version]] : []));
}

/** Whether the wire's name of an extension, or a log line, names an extension of our own. */
export function namesOwn(text: string): boolean {
	return OWN_OPERATIONS.some(({ name }) => text.includes(name));
}
