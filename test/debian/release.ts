/*
 * A Debian release in a directory, made by debootstrap from the mirror that this
 * machine's own apt uses, and copies of it that a test can change and throw away.
 * Needs root, and a mount namespace that ends with the test (guard.c).
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
	existsSync,
	lstatSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OUTPUT } from "../helpers/output.ts";
import { type CommandResult, runCommand } from "../helpers/run-command.ts";

/** Packages that sshd needs. */
const SSHD_PACKAGES = ["openssh-server", "openssh-sftp-server"];

/** The releases and the packages installed in them. Neither has a compiler or npm. */
const RELEASES = {
	/** Debian 13, whose own node is 20.19. */
	trixie: ["nodejs", ...SSHD_PACKAGES],
	/** Debian 12, whose own node is 18, and a library that the bundled node needs. */
	bookworm: ["nodejs", "libatomic1", ...SSHD_PACKAGES],
} as const;

export type Suite = keyof typeof RELEASES;

/* Two processes may need the same release. In a file system in memory, dpkg does not wait for the disk. */
const MAKE = `
set -e
base=$1 suite=$2 include=$3 mirror=$4
exec 9> "$base.lock"
flock 9
[ ! -e "$base" ] || exit 0
memory=$(mktemp -d)
mount -t tmpfs -o mode=755 none "$memory"
trap 'umount --lazy "$memory"; rmdir "$memory"' EXIT
make() {
	rm -rf "$memory/release"
	debootstrap --variant=minbase --include="$include" "$suite" "$memory/release" "$mirror"
}
make || make
rm -rf "$base.unfinished"
cp -a "$memory/release" "$base.unfinished"
mv "$base.unfinished" "$base"
`;

/** The first address of Debian's own archive in apt's sources. */
function mirror(): string {
	const directory = "/etc/apt/sources.list.d";
	const files = [
		"/etc/apt/sources.list",
		...(existsSync(directory) ? readdirSync(directory) : []).map((name) => join(directory, name)),
	];
	for (const file of files.filter((file) => existsSync(file) && /\.(list|sources)$/.test(file))) {
		const text = readFileSync(file, "utf8");
		const [found] = text.match(/(?<=^(?:URIs:|deb(?: \[[^\]]*\])?) +)\S+\/debian\/?(?=\s|$)/m) ?? [];
		if (found !== undefined) return found;
	}
	throw new Error("apt's sources name no Debian mirror");
}

/** The directory of a release; created if necessary, which takes half a minute. */
export function releaseBase(suite: Suite): string {
	const store = join(OUTPUT, "debian");
	const base = join(store, suite);
	if (existsSync(base)) return base;
	mkdirSync(store, { recursive: true });
	const args = ["-c", MAKE, "sh", base, suite, RELEASES[suite].join(","), mirror()];
	const { status, stdout, stderr } = spawnSync("sh", args, { encoding: "utf8" });
	if (status !== 0) throw new Error(`debootstrap ${suite}: ${stdout.slice(-2000)}${stderr}`);
	return base;
}

/** A copy of a release, as an overlay that leaves the release unchanged. */
export class Release {
	readonly root: string;
	readonly #place: string;

	constructor(base: string) {
		this.#place = mkdtempSync(join(tmpdir(), "sftp-debian-"));
		execFileSync("mount", ["-t", "tmpfs", "-o", "mode=755", "none", this.#place]);
		for (const name of ["changes", "work", "root"]) mkdirSync(join(this.#place, name), { mode: 0o755 });
		this.root = join(this.#place, "root");
		const layers = `lowerdir=${base},upperdir=${this.#place}/changes,workdir=${this.#place}/work`;
		execFileSync("mount", ["-t", "overlay", "-o", layers, "none", this.root]);
		execFileSync("mount", ["-t", "proc", "none", this.path("proc")]);
		execFileSync("mount", ["-t", "tmpfs", "-o", "mode=755", "none", this.path("dev")]);
		for (const name of ["null", "zero", "random", "urandom", "full", "tty"]) {
			writeFileSync(this.path("dev", name), "");
			execFileSync("mount", ["--bind", join("/dev", name), this.path("dev", name)]);
		}
		execFileSync("ln", ["-s", "/proc/self/fd", this.path("dev/fd")]);
		/* No daemon starts when its package is installed. */
		writeFileSync(this.path("usr/sbin/policy-rc.d"), "#!/bin/sh\nexit 101\n", { mode: 0o755 });
	}

	/** The path on this machine of a path in the release. */
	path(...parts: readonly string[]): string {
		return join(this.root, ...parts);
	}

	/** Runs a command in it, as root. */
	run(...command: readonly [string, ...string[]]): Promise<CommandResult> {
		return runCommand("chroot", [this.root, ...command], {
			env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", DEBIAN_FRONTEND: "noninteractive", HOME: "/root" },
		});
	}

	/** As `run`; throws unless the command exits 0. Returns all that it printed. */
	async must(...command: readonly [string, ...string[]]): Promise<string> {
		const { status, stdout, stderr } = await this.run(...command);
		if (status !== 0) throw new Error(`${command.join(" ")}: exit status ${status}\n${stdout}${stderr}`);
		return `${stdout}${stderr}`;
	}

	/** The package files that the release was made from and whose name begins with `name`, as it sees them. */
	archives(name: string): readonly string[] {
		const cache = "/var/cache/apt/archives";
		return readdirSync(this.path(cache))
			.filter((entry) => entry.startsWith(`${name}_`))
			.map((entry) => join(cache, entry));
	}

	/** All files with mode, owner and size, sorted, except dpkg's own. */
	files(): readonly string[] {
		const found: string[] = [];
		const walk = (folder: string): void => {
			for (const name of readdirSync(this.path(folder))) {
				const path = join(folder, name);
				if (/^\/(proc|dev|var\/lib\/dpkg|var\/log)$/.test(path)) continue;
				const stats = lstatSync(this.path(path));
				const size = stats.isDirectory() ? "" : ` ${stats.size}`;
				found.push(`${path} ${stats.mode.toString(8)} ${stats.uid}:${stats.gid}${size}`);
				if (stats.isDirectory()) walk(path);
			}
		};
		walk("/");
		return found.sort();
	}

	close(): void {
		spawnSync("umount", ["--recursive", "--lazy", this.#place]);
		rmSync(this.#place, { recursive: true });
	}
}
