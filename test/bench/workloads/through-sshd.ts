/*
 * One large file through a real sshd. The time is the client's, from its start to its
 * end, key exchange included; CPU time and memory are the server's over its whole
 * life. Downloads go to /dev/null.
 */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gibibyte } from "../fixtures.ts";
import { measure, type Sample } from "../sample.ts";
import type { Server } from "../servers.ts";
import { type Sshd, sshdPath, startSshd } from "../sshd.ts";
import { type Context, eachServer, type Workload } from "./workload.ts";

async function transfer(context: Context, sshd: Sshd, server: Server, batch: string): Promise<Sample> {
	const client = ["sftp", "-q", "-b", batch, ...sshd.clientArguments(server)];
	const { wallNs } = await measure(context.programs.load, ["run", "--", ...client]);
	return { ...(await sshd.usage(server)), wallNs, bytes: context.fixtures.copySize };
}

/** Empty when sshd isn't installed. */
export function sshdWorkloads(context: Context): Workload[] {
	if (!existsSync(sshdPath)) return [];
	const { files, copyFile, copySize } = context.fixtures;
	let started: Promise<Sshd> | undefined;
	const uploaded = join(files, "uploaded");
	const commands: readonly (readonly [string, string])[] = [
		["down", `get ${copyFile} /dev/null`],
		["up", `put ${copyFile} ${uploaded}`],
	];
	return commands.map(([way, command]) => {
		const batch = join(files, `sshd-${way}.batch`);
		writeFileSync(batch, `${command}\n`);
		return {
			name: `sshd-${way}`,
			title: `${copySize / gibibyte} GiB ${way} through sshd, aes128-gcm`,
			per: "GiB",
			contenders: eachServer(context.servers, async (server) => {
				started ??= startSshd(context);
				const sample = await transfer(context, await started, server, batch);
				rmSync(uploaded, { force: true });
				return sample;
			}),
		};
	});
}
