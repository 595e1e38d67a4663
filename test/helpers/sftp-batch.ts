/* One session of OpenSSH's sftp through a test's sshd, with a batch of commands. */
import { type CommandResult, runCommand } from "./run-command.ts";
import { opensshOptions, type Sshd } from "./sshd.ts";

/** Runs the commands as `user`; as in any batch, a failing command ends it unless it begins with "-". */
export function sftpBatch(sshd: Sshd, user: string, ...commands: readonly string[]): Promise<CommandResult> {
	const args = ["-q", "-b", "-", "-P", String(sshd.ports[0]), ...opensshOptions(sshd), `${user}@127.0.0.1`];
	return runCommand("sftp", args, { input: `${commands.join("\n")}\n` });
}

/** What the session printed, without the commands that a batch repeats. */
export function answersOf(result: CommandResult): string[] {
	return result.stdout
		.toString()
		.split("\n")
		.filter((line) => line !== "" && !line.startsWith("sftp> "));
}
