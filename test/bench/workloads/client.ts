/*
 * Many small files through OpenSSH's own client on a socket pair, `sftp -D`. The
 * time runs from the client's start to its end; CPU time is that of both.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { measure } from "../sample.ts";
import type { Server } from "../servers.ts";
import { type Context, eachServer, type Workload } from "./workload.ts";

type Direction = "get" | "put";

async function transfer(
	context: Context,
	server: Server,
	direction: Direction,
	batch: string,
	target: string,
) {
	mkdirSync(target);
	try {
		const sample = await measure(context.programs.load, [
			"run",
			"--",
			"sftp",
			"-q",
			"-b",
			batch,
			"-D",
			server.path,
		]);
		const count = readdirSync(join(target, "tree")).length;
		if (count !== context.fixtures.treeCount)
			throw new Error(`${direction} through ${server.path}: ${count} files`);
		return sample;
	} finally {
		rmSync(target, { recursive: true, force: true });
	}
}

export function clientWorkloads(context: Context): Workload[] {
	const { names, tree, treeCount } = context.fixtures;
	const directions: readonly (readonly [Direction, string])[] = [
		["get", "down"],
		["put", "up"],
	];
	return directions.map(([direction, way]) => {
		const target = join(names, way);
		const batch = join(names, `${direction}.batch`);
		writeFileSync(batch, `${direction} -r ${tree} ${target}\n`);
		return {
			name: `files-${way}`,
			title: `${treeCount.toLocaleString("en")} files of 4 KiB ${way}, sftp -D`,
			per: "run",
			contenders: eachServer(context.servers, (server) =>
				transfer(context, server, direction, batch, target),
			),
		};
	});
}
