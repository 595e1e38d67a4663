/*
 * READ and WRITE of large files, 64 requests in flight, and copy-data. Each WRITE
 * run fills a new file, as an upload does, and removes it outside the timed section.
 * A reader that copies is slower than the server, so READs are also measured with a
 * reader that does not; sshd does copy.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { gibibyte, mebibyte } from "../fixtures.ts";
import { type Contender, type Context, eachServer, limit, load, scaled, type Workload } from "./workload.ts";

const small = 32768;
// What OpenSSH's client requests when the server's limits allow it.
const large = 261120;
// A loop that stores incoming data is fastest with pieces of about this size.
const storePiece = 256 * 1024;

// The limit's reader copies, so comparing it with one that doesn't would be meaningless.
function reads(context: Context, length: number, flags: readonly string[]): Workload["contenders"] {
	const file = context.fixtures.readFile;
	const total = scaled(context, gibibyte);
	const [ours, against, ...others] = eachServer(context.servers, (server) =>
		load(context, server, [...flags, "read", file, length, total]),
	);
	const yardsticks = flags.length > 0 ? [] : [limit(context, "splice", file, length, total)];
	return [ours, against, ...others, ...yardsticks];
}

/** Removes the file that each run creates. */
function removing(contender: Contender, file: string): Contender {
	return {
		...contender,
		run: async () => {
			const sample = await contender.run();
			rmSync(file);
			return sample;
		},
	};
}

function writes(context: Context, length: number): Workload["contenders"] {
	const file = join(context.fixtures.files, "written");
	const total = scaled(context, 512 * mebibyte);
	const clean = (contender: Contender) => removing(contender, file);
	const [ours, against, ...others] = eachServer(context.servers, (server) =>
		load(context, server, ["write", file, length, total]),
	);
	const yardsticks = [...others, limit(context, "store", file, storePiece, total)];
	return [clean(ours), clean(against), ...yardsticks.map(clean)];
}

function copyData(context: Context): Workload {
	const { copyFile, copySize, files } = context.fixtures;
	const target = join(files, "copied");
	const clean = (contender: Contender) => removing(contender, target);
	const [ours, against, ...others] = eachServer(context.servers, (server) =>
		load(context, server, ["copy", copyFile, target]),
	);
	return {
		name: "copy-data",
		title: `copy-data of ${copySize / gibibyte} GiB`,
		per: "GiB",
		contenders: [
			clean(ours),
			clean(against),
			...others.map(clean),
			clean(limit(context, "clone", copyFile, target)),
		],
	};
}

export function bulkWorkloads(context: Context): Workload[] {
	const per = "GiB";
	return [
		{ name: "read-32", title: "READ 32 KiB", per, contenders: reads(context, small, ["--discard"]) },
		{ name: "read-255", title: "READ 255 KiB", per, contenders: reads(context, large, ["--discard"]) },
		{
			name: "read-32-copied",
			title: "READ 32 KiB, reader copies",
			per,
			contenders: reads(context, small, []),
		},
		{
			name: "read-255-copied",
			title: "READ 255 KiB, reader copies",
			per,
			contenders: reads(context, large, []),
		},
		{
			name: "read-32-socket",
			title: "READ 32 KiB, socket pair",
			per,
			contenders: reads(context, small, ["--socket", "--discard"]),
		},
		{
			name: "read-32-socket-copied",
			title: "READ 32 KiB, socket pair, reader copies",
			per,
			contenders: reads(context, small, ["--socket"]),
		},
		{ name: "write-32", title: "WRITE 32 KiB", per, contenders: writes(context, small) },
		{ name: "write-255", title: "WRITE 255 KiB", per, contenders: writes(context, large) },
		copyData(context),
	];
}
