/*
 * The program's arguments and environment as bytes. Node decodes them as UTF-8; if they
 * are not UTF-8, their bytes are read from the kernel.
 */
import { readFileSync } from "node:fs";
import { asByteString, type ByteString, fromBytes } from "./posix/byte-string.ts";

/** The arguments after the program's name. */
export function argumentBytes(): readonly ByteString[] {
	const given = process.argv.slice(2);
	if (!given.some((argument) => argument.includes("\ufffd"))) return given.map(encode);
	const all = readFileSync("/proc/self/cmdline", "latin1").split("\0").slice(0, -1);
	return all.slice(all.length - given.length).map(asByteString);
}

/** A variable's value. */
export function environmentBytes(name: string): ByteString | undefined {
	const value = process.env[name];
	if (value === undefined || !value.includes("\ufffd"))
		return value === undefined ? undefined : encode(value);
	const all = readFileSync("/proc/self/environ", "latin1").split("\0");
	const entry = all.find((one) => one.startsWith(`${name}=`));
	return entry === undefined ? undefined : asByteString(entry.slice(name.length + 1));
}

function encode(text: string): ByteString {
	return fromBytes(Buffer.from(text, "utf8"));
}
