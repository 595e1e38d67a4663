// How long a session waits for its server. Bare node, from spawn to exit with
// an empty program, is what no server on node can beat by much.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { measure } from "../sample.ts";
import { type Context, eachServer, load, type Workload } from "./workload.ts";

export const bareNode = "bare node";

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
	];
}
