/*
 * `npm start`: an interactive prompt of OpenSSH's sftp, served by this server on this
 * machine, without sshd. Arguments after `--` go to the server. Ends as sftp ends.
 */
"use strict";
const { spawn } = require("node:child_process");
const { existsSync } = require("node:fs");
const { join } = require("node:path");

const root = join(__dirname, "..", "..");

function stop(sentence) {
	process.stderr.write(`sftp-subsystem: ${sentence}\n`);
	process.exit(1);
}

// sftp itself splits the value of -D into words (misc.c argv_split): between double
// quotes, a backslash escapes a quote or a backslash.
function quoted(word) {
	if (/^[\w@%+=:,./~-]+$/.test(word)) return word;
	return `"${word.replace(/["\\]/g, "\\$&")}"`;
}

for (const name of ["sftp-server.cjs", "posix.node"])
	if (!existsSync(join(root, "dist", name))) stop(`dist/${name} is missing: run npm ci first.`);

const command = [join(root, "bin/sftp-server"), ...process.argv.slice(2)].map(quoted).join(" ");
const sftp = spawn("sftp", ["-D", command], { stdio: "inherit" });
// sftp handles Control-C at the terminal: it interrupts a transfer.
process.on("SIGINT", () => {});
sftp.on("error", (error) =>
	stop(
		error.code === "ENOENT"
			? "the program sftp is not installed (Debian: openssh-client)."
			: `sftp can't be run: ${error.message}.`,
	),
);
sftp.on("exit", (status, signal) => {
	if (signal === null) process.exit(status);
	process.removeAllListeners("SIGINT");
	process.kill(process.pid, signal);
});
