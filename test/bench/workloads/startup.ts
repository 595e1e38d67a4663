/*
 * The time until a session's server has started, and the time of a brief session after
 * that. Bare node, from spawn to exit with an empty program, is close to the least time of
 * any server on node.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { directoryOf } from "../fixtures.ts";
import { measure } from "../sample.ts";
import { type Context, eachServer, load, type Workload } from "./workload.ts";

export const bareNode = "bare node";

/** A typical session, nearly all of which V8 interprets. From VERSION to the server's end. */
function briefSession(context: Context): Workload {
	const { fixtures, programs } = context;
	const args = [directoryOf(fixtures, programs.load, 100), 100, 20, fixtures.shortFile];
	return {
		name: "session",
		title: "session: a listing of 100, 20 STATs, 100 KiB read, the end",
		per: "run",
		repeat: 8,
		contenders: eachServer(context.servers, (server) =>
			load(context, server, ["--awake", "session", ...args]),
		),
	};
}

export function startupWorkloads(context: Context): Workload[] {
	const empty = join(context.fixtures.files, "empty.cjs");
	writeFileSync(empty, "");
	const [ours, against, ...others] = eachServer(context.servers, (server) =>
		load(context, server, ["start"]),
	);
	const node = {
		label: bareNode,
		run: () => measure(context.programs.load, ["run", "--", process.execPath, empty]),
	};
	return [
		{
			name: "start",
			title: "start to VERSION",
			per: "run",
			repeat: 8,
			contenders: [ours, node, against, ...others],
		},
		briefSession(context),
	];
}
