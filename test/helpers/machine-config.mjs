/*
 * Hides this machine's configuration file from the sessions that tests start:
 * they are started as sshd starts them, and would all read it.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const CONFIG = "/etc/ssh/sftp_server_config";

/** In a mount namespace of its own, /etc/ssh is a copy without the file. */
const HIDE = `
copy=$(mktemp -d)
mount -n -t tmpfs -o mode=755 none "$copy"
cp -a /etc/ssh/. "$copy"
rm "$copy/sftp_server_config"
mount -n --move "$copy" /etc/ssh
rmdir "$copy"
exec "$@"`;

/**
 * Returns at once if there is no such file. Otherwise runs this program again
 * with the file hidden, which takes root, and exits as that run does.
 */
export function hideMachineConfig() {
	if (!existsSync(CONFIG)) return;
	if (process.getuid() !== 0) {
		process.stderr.write(
			`${CONFIG} would change the sessions of the tests: run them as root, who can hide it from them, or move it away\n`,
		);
		process.exit(1);
	}
	const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
	const { status } = spawnSync("unshare", ["--mount", "sh", "-ec", HIDE, "sh", ...again], {
		stdio: "inherit",
	});
	process.exit(status ?? 1);
}
