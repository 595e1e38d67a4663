/*
 * Uses sshd as the reference for what a configuration file means: AcceptEnv,
 * which collects values, shows which lines apply, and sshd -T prints it.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { scratch } from "../failing/world.ts";
import { SSHD } from "../helpers/sshd.ts";

export interface Asked {
	readonly user: string;
	readonly address: string;
	readonly localAddress: string;
	readonly localPort: number;
}

export class SshdJudge {
	readonly directory: string;

	constructor(test: TestContext) {
		this.directory = scratch(test);
		execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(this.directory, "key")]);
		/* sshd as root confines its unprivileged part to this directory, which Debian creates at boot. */
		execFileSync("mkdir", ["-p", "/run/sshd"]);
	}

	/** The values of a keyword that sshd -T prints for a file; undefined when sshd refuses the file. */
	values(keyword: string, config: string, asked: Asked): readonly string[] | undefined {
		const file = join(this.directory, "sshd_config");
		writeFileSync(file, config, "latin1");
		const { user, address, localAddress, localPort } = asked;
		const spec = `user=${user},host=h,addr=${address},laddr=${localAddress},lport=${localPort}`;
		const args = ["-T", "-f", file, "-h", join(this.directory, "key"), "-C", spec];
		const { status, stdout } = spawnSync(SSHD, args, { encoding: "latin1" });
		if (status !== 0) return undefined;
		const lines = stdout.split("\n").filter((line) => line.startsWith(`${keyword.toLowerCase()} `));
		return lines.map((line) => line.slice(keyword.length + 1));
	}
}
