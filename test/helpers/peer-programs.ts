/*
 * The programs that tests drive, by the Debian package that contains each. A test
 * whose program is missing is skipped and says what to install; in CI nothing is
 * skipped, so there it fails. A fast run (npm run test:fast) leaves out all that
 * need root or another program.
 */
import { accessSync, constants, existsSync } from "node:fs";
import { isFast } from "./fast.ts";

const FILES = {
	acl: "/usr/bin/setfacl",
	curl: "/usr/bin/curl",
	debootstrap: "/usr/sbin/debootstrap",
	"gcc-aarch64-linux-gnu": "/usr/bin/aarch64-linux-gnu-gcc",
	"groff-base": "/usr/bin/groff",
	lftp: "/usr/bin/lftp",
	"libc6-dev-arm64-cross": "/usr/aarch64-linux-gnu/include/stdlib.h",
	lintian: "/usr/bin/lintian",
	mandoc: "/usr/bin/mandoc",
	"musl-tools": "/usr/bin/musl-gcc",
	"openssh-client": "/usr/bin/sftp",
	"openssh-server": "/usr/sbin/sshd",
	"openssh-sftp-server": "/usr/lib/openssh/sftp-server",
	"putty-tools": "/usr/bin/psftp",
	python3: "/usr/bin/python3",
	"python3-paramiko": "/usr/lib/python3/dist-packages/paramiko",
	rclone: "/usr/bin/rclone",
	restic: "/usr/bin/restic",
	sshfs: "/usr/bin/sshfs",
	strace: "/usr/bin/strace",
} as const;

/** A Debian package that a test needs. */
export type PeerPackage = keyof typeof FILES;

/** The packages that every test through sshd needs. */
export const SSHD_PACKAGES: readonly PeerPackage[] = [
	"openssh-client",
	"openssh-server",
	"openssh-sftp-server",
];

const LEFT_OUT = "needs root or another program: left to npm test";

/** For a test's `skip`: false when all are installed, otherwise what to install. */
export function unlessInstalled(...packages: readonly PeerPackage[]): string | false {
	if (isFast) return LEFT_OUT;
	if (process.env["CI"] !== undefined) return false;
	const missing = packages.filter((name) => !existsSync(FILES[name]));
	if (missing.length > 0) return `apt-get install ${missing.join(" ")}`;
	return packages.includes("sshfs") && !canUseFuse() ? "needs /dev/fuse" : false;
}

/** For a test's `skip`: false when this process may create users and mount, otherwise why not. */
export function unlessRoot(): string | false {
	if (isFast) return LEFT_OUT;
	return process.env["CI"] === undefined && process.getuid?.() !== 0 ? "needs root" : false;
}

/** Whether this process may use /dev/fuse. */
export function canUseFuse(): boolean {
	try {
		accessSync("/dev/fuse", constants.R_OK | constants.W_OK);
		return true;
	} catch {
		return false;
	}
}
