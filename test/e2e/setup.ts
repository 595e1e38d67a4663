/*
 * What an end-to-end test file sets up once: a directory that every user can
 * enter, the shared files, the staged server, an sshd, and users for the run.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { type Account, createAccount, createGroup, type Group } from "../helpers/accounts.ts";
import { type ServerCommand, stageServer } from "../helpers/server-under-test.ts";
import { type Sshd, type SshdOptions, startSshd } from "../helpers/sshd.ts";
import type { Place, Stage } from "./clients/scenario.ts";
import { plantMany, plantRandom, plantTree } from "./fixture.ts";

/** The sizes of the shared files. */
export interface Load {
	readonly bigBytesLength: number;
	readonly manyCount: number;
	readonly brief: boolean;
}

/** 64 MiB and 5,000 files, and a smaller load for many sessions at a time. */
export const FULL_LOAD: Load = { bigBytesLength: 64 * 1024 * 1024, manyCount: 5000, brief: false };
export const LIGHT_LOAD: Load = { bigBytesLength: 1024 * 1024, manyCount: 150, brief: true };

/** A user who can log in. */
export type Login = Pick<Account, "name" | "uid" | "gid">;

/** The user who runs the tests. */
export function ownLogin(): Login {
	const { username, uid, gid } = userInfo();
	return { name: username, uid, gid };
}

/** The environment of one test file; `close` removes everything. */
export class Surroundings {
	readonly directory: string;
	readonly server: ServerCommand;
	readonly #closers: (() => Promise<void>)[] = [];
	#stageCount = 0;
	readonly #loads = new Map<
		Load,
		Pick<Stage, "bigFile" | "bigBytes" | "manyDirectory" | "manyCount" | "brief">
	>();

	constructor() {
		process.umask(0o022);
		this.directory = mkdtempSync(join(tmpdir(), "sftp-e2e-"));
		chmodSync(this.directory, 0o755);
		this.server = stageServer(this.directory);
	}

	/** An sshd that ends with the environment. */
	async sshd(options: Omit<SshdOptions, "directory">): Promise<Sshd> {
		const directory = mkdtempSync(join(this.directory, "sshd-"));
		chmodSync(directory, 0o755);
		const sshd = await startSshd({ ...options, directory });
		this.#closers.unshift(() => sshd.stop());
		return sshd;
	}

	/** A user of this machine that is removed with the environment. Needs root. */
	async account(shell?: string): Promise<Account> {
		const account = await createAccount(mkdtempSync(join(this.directory, "home-")), shell);
		this.#closers.push(() => account.remove());
		return account;
	}

	/** A group of this machine that is removed with the environment. Needs root. */
	async group(): Promise<Group> {
		const group = await createGroup();
		this.#closers.push(() => group.remove());
		return group;
	}

	/** A fresh place to work in through sshd, as `login`. */
	stage(sshd: Sshd, port: number, login: Login, load: Load): Stage {
		const place = this.place(login, load);
		const ownWords = [...place.ownWords, [`:${port}`, ":PORT"] as const, [sshd.keyFile, "KEY"] as const];
		return { ...place, sshd, port, user: login.name, ownWords };
	}

	/** As `stage`, for a server whose root is the surroundings' directory. */
	rootedStage(sshd: Sshd, port: number, login: Login, load: Load): Stage {
		const stage = this.stage(sshd, port, login, load);
		const inRoot = (path: string): string => path.slice(this.directory.length);
		const { remote, manyDirectory } = stage;
		return {
			...stage,
			served: { remote: inRoot(remote), manyDirectory: inRoot(manyDirectory) },
			ownWords: [...stage.ownWords, [inRoot(stage.directory), "DIR"]],
		};
	}

	/** A fresh place to work in; its remote side belongs to `login`. */
	place(login: Login, load: Load): Place {
		// All of one length, since clients arrange columns by the longest path.
		this.#stageCount += 1;
		const directory = join(this.directory, `stage-${String(this.#stageCount).padStart(4, "0")}`);
		const [local, remote, home] = ["local", "remote", "home"].map((name) => join(directory, name));
		if (local === undefined || remote === undefined || home === undefined) throw new Error("unreachable");
		for (const made of [directory, local, home]) mkdirSync(made, { mode: 0o755 });
		plantTree(remote, login);
		const shared = this.#shared(load);
		const served = { remote, manyDirectory: shared.manyDirectory };
		return { directory, local, remote, home, served, ownWords: [[directory, "DIR"]], ...shared };
	}

	async close(): Promise<void> {
		for (const closer of this.#closers) await closer();
		rmSync(this.directory, { recursive: true, force: true });
	}

	#shared(load: Load) {
		const known = this.#loads.get(load);
		if (known !== undefined) return known;
		const directory = join(this.directory, `shared-${load.manyCount}`);
		mkdirSync(directory, { mode: 0o755 });
		const bigFile = join(directory, "big");
		const manyDirectory = join(directory, "many");
		const bigBytes = plantRandom(bigFile, load.bigBytesLength);
		plantMany(manyDirectory, load.manyCount);
		const made = { bigFile, bigBytes, manyDirectory, manyCount: load.manyCount, brief: load.brief };
		this.#loads.set(load, made);
		return made;
	}
}
