/* FIFOs, sockets and devices: opening one is answered at once, whatever is at its other end. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
	closeSync,
	constants,
	existsSync,
	openSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	readSync,
	truncateSync,
	writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { attrs, FXF, FXP } from "../helpers/packets.ts";
import { unlessInstalled, unlessRoot } from "../helpers/peer-programs.ts";
import { status } from "../helpers/server-replies.ts";
import {
	needsOpenssh,
	OPENSSH,
	OURS,
	type Question,
	request,
	type ServerSession,
} from "../helpers/server-session.ts";
import { assertAlike } from "../helpers/twins.ts";
import { scratch, start } from "./world.ts";

describe("a FIFO", () => {
	it("without a process at its other end can be opened for reading, but not for writing", async (test) => {
		const directory = scratch(test);
		execFileSync("mkfifo", [join(directory, "fifo")]);
		const session = await start(test, OURS, { cwd: directory });
		const reading = await session.open(FXP.OPEN, "fifo", FXF.READ, attrs());
		assert.deepEqual(await session.ask(FXP.READ, reading, 0n, 100), status(4, "Illegal seek"));
		assert.deepEqual(await session.ask(FXP.CLOSE, reading), status(0));
		const noReader = status(4, "No such device or address");
		assert.deepEqual(await session.ask(FXP.OPEN, "fifo", FXF.WRITE, attrs()), noReader);
		assert.deepEqual(await session.ask(FXP.OPENDIR, "fifo"), status(2));
		assert.equal((await session.ask(FXP.STAT, "fifo")).kind, "attrs");
		assert.equal((await session.stop()).status, 0);
	});

	it("with a reader accepts appended bytes until it is full, and then makes WRITE fail", async (test) => {
		const directory = scratch(test);
		execFileSync("mkfifo", [join(directory, "fifo")]);
		const reader = openSync(join(directory, "fifo"), constants.O_RDONLY | constants.O_NONBLOCK);
		test.after(() => closeSync(reader));
		const session = await start(test, OURS, { cwd: directory });
		const writing = await session.open(FXP.OPEN, "fifo", FXF.WRITE | FXF.APPEND, attrs());
		assert.deepEqual(await session.ask(FXP.WRITE, writing, 0n, "bytes"), status(0));
		const bytes = Buffer.alloc(100);
		assert.equal(bytes.toString("latin1", 0, readSync(reader, bytes)), "bytes");
		const full = status(4, "Resource temporarily unavailable");
		assert.deepEqual(await session.ask(FXP.WRITE, writing, 0n, Buffer.alloc(200_000)), full);
		assert.equal((await session.ask(FXP.STAT, ".")).kind, "attrs");
		assert.equal((await session.stop()).status, 0);
	});
});

describe("a socket and a device", () => {
	it("are answered at once", async (test) => {
		const directory = scratch(test);
		const listener = createServer().listen(join(directory, "socket"));
		test.after(() => listener.close());
		await once(listener, "listening");
		const session = await start(test, OURS, { cwd: directory });
		const refused = status(4, "No such device or address");
		assert.deepEqual(await session.ask(FXP.OPEN, "socket", FXF.READ, attrs()), refused);
		const zero = await session.open(FXP.OPEN, "/dev/zero", FXF.READ, attrs());
		assert.deepEqual(await session.ask(FXP.READ, zero, 0n, 5), { kind: "data", data: Buffer.alloc(5) });
		const full = await session.open(FXP.OPEN, "/dev/full", FXF.WRITE, attrs());
		const noSpace = status(4, "No space left on device");
		assert.deepEqual(await session.ask(FXP.WRITE, full, 0n, "x"), noSpace);
		assert.equal((await session.stop()).status, 0);
	});
});

/** A console's screen: at its end write(2) returns 0. */
const SCREEN = "/dev/vcs";
const noScreen = unlessRoot() || (existsSync(SCREEN) ? false : `${SCREEN} is missing`);

describe("a device that accepts nothing at its end", { skip: noScreen }, () => {
	it("makes WRITE and copy-data fail", async (test) => {
		const session = await start(test, OURS, {});
		const screen = await session.open(FXP.OPEN, SCREEN, FXF.READ | FXF.WRITE, attrs());
		const content = await session.ask(FXP.READ, screen, 0n, 261_120);
		assert.ok(content.kind === "data" && content.data.length > 0);
		const end = BigInt(content.data.length);
		const failed = status(4, "Input/output error");
		assert.deepEqual(await session.ask(FXP.WRITE, screen, end, "x"), failed);
		const zeros = await session.open(FXP.OPEN, "/dev/zero", FXF.READ, attrs());
		assert.deepEqual(await session.ask("copy-data", zeros, 0n, 1n, screen, end), failed);
		assert.equal((await session.stop()).status, 0);
	});
});

describe("an endless copy", () => {
	const begun = async (test: TestContext, path: string): Promise<ServerSession> => {
		const session = await start(test, OURS, {});
		const from = await session.open(FXP.OPEN, path, FXF.READ, attrs());
		const to = await session.open(FXP.OPEN, "/dev/null", FXF.WRITE, attrs());
		await session.send(request("copy-data", 9, from, 0n, 0n, to, 0n));
		return session;
	};
	const huge = (test: TestContext): string => {
		const path = join(scratch(test), "huge");
		writeFileSync(path, "");
		truncateSync(path, 2 ** 43);
		return path;
	};

	it("ends when the client goes away", async (test) => {
		const session = await begun(test, huge(test));
		session.closeOutput();
		const { status: exit, signal } = await session.stop();
		assert.deepEqual([exit, signal], [0, null]);
	});

	it("ends at a signal", async (test) => {
		const session = await begun(test, huge(test));
		session.kill("SIGTERM");
		assert.equal((await session.ended).signal, "SIGTERM");
	});

	it("of a character device fails after 4 GiB", async (test) => {
		const session = await begun(test, "/dev/zero");
		assert.deepEqual(await session.reply(), status(4, "File too large"));
		assert.equal((await session.stop()).status, 0);
	});
});

/** Offsets that pread and pwrite check, where a seek may not. */
const OFFSETS = [0n, 1n, 2n ** 63n - 65_536n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 2n, 2n ** 64n - 1n];

/** The requests made of a file that the kernel provides; `source` is a handle to copy from. */
function atEveryOffset(handle: Buffer, source: Buffer): Question[] {
	return OFFSETS.flatMap((offset): Question[] => [
		[FXP.READ, handle, offset, 5],
		[FXP.READ, handle, offset, 0],
		[FXP.WRITE, handle, offset, "x"],
		[FXP.WRITE, handle, offset, ""],
		["copy-data", source, 0n, 0n, handle, offset],
	]);
}

/* Root, because only root can read a server's own /proc. */
describe("a file without offsets, or one that can be written only at its current offset", {
	skip: unlessRoot(),
}, () => {
	const { READ, WRITE, APPEND } = FXF;
	for (const args of [[], ["--confine", "/"]])
		it(`is served as by OpenSSH: ${["sftp-server", ...args].join(" ")}`, needsOpenssh, async (test) => {
			const source = join(scratch(test), "source");
			writeFileSync(source, "content");
			const ours = await start(test, OURS, { args });
			const openssh = await start(test, OPENSSH);
			const ask = async (...question: Question) => {
				const [mine, theirs] = [await ours.ask(...question), await openssh.ask(...question)];
				assertAlike(mine, theirs, `${question[0]} at ${question[2]}`);
				return mine;
			};
			const open = async (path: string, flags: number): Promise<Buffer> => {
				const reply = await ask(FXP.OPEN, path, flags, attrs());
				return reply.kind === "handle" ? reply.handle : assert.fail(path);
			};
			const from = await open(source, READ);
			const comm = await open("/proc/self/comm", READ | WRITE);
			assert.deepEqual(await ask(FXP.WRITE, comm, 0n, "renamed"), status(0));
			for (const { pid } of [ours, openssh])
				assert.equal(readFileSync(`/proc/${pid}/comm`, "latin1"), "renamed\n");
			for (const path of ["/dev/full", "/dev/zero", "/dev/null", "/proc/self/comm"])
				for (const flags of [READ, WRITE, READ | WRITE, WRITE | APPEND, READ | WRITE | APPEND]) {
					const handle = await open(path, flags);
					for (const question of atEveryOffset(handle, from)) await ask(...question);
					await ask(FXP.CLOSE, handle);
				}
			assert.deepEqual([(await ours.stop()).status, (await openssh.stop()).status], [0, 0]);
		});
});

describe("a regular file", () => {
	/* With O_NONBLOCK some file systems fail where they would have to wait. */
	const options = { skip: unlessRoot() };
	for (const args of [[], ["--confine", tmpdir()]])
		it(`does not keep O_NONBLOCK: ${["sftp-server", ...args].join(" ")}`, options, async (test) => {
			const path = join(scratch(test), "file");
			const session = await start(test, OURS, { args });
			await session.open(FXP.OPEN, path, FXF.READ | FXF.WRITE | FXF.CREAT | FXF.APPEND, attrs());
			const fd = readdirSync(`/proc/${session.pid}/fd`).find(
				(name) => readlinkSync(`/proc/${session.pid}/fd/${name}`) === path,
			);
			const [, flags = ""] =
				/^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/${session.pid}/fdinfo/${fd}`, "latin1")) ?? [];
			const found = Number.parseInt(flags, 8) & (constants.O_NONBLOCK | constants.O_APPEND);
			assert.equal(found, constants.O_APPEND);
			assert.equal((await session.stop()).status, 0);
		});
});

describe("a file under a lease", { skip: unlessInstalled("python3") }, () => {
	const waits = async (test: TestContext, ...options: readonly string[]): Promise<void> => {
		const directory = scratch(test);
		const path = join(directory, "file");
		/* python3 holds a write lease until the kernel asks for it. */
		const script = [
			"import fcntl, signal, sys",
			"f = open(sys.argv[1], 'w+')",
			"signal.signal(signal.SIGIO, lambda *_: (fcntl.fcntl(f, fcntl.F_SETLEASE, fcntl.F_UNLCK), sys.exit()))",
			"fcntl.fcntl(f, fcntl.F_SETLEASE, fcntl.F_WRLCK)",
			"print('held', flush=True)",
			"signal.pause()",
		].join("\n");
		const holder = spawn("python3", ["-c", script, path], { stdio: ["ignore", "pipe", "inherit"] });
		test.after(() => holder.kill());
		await once(holder.stdout, "data");
		const session = await start(test, OURS, { args: [...options, directory], cwd: directory });
		const handle = await session.open(FXP.OPEN, path, FXF.READ, attrs());
		assert.deepEqual(await session.ask(FXP.READ, handle, 0n, 5), status(1));
		assert.equal((await session.stop()).status, 0);
	};

	it("is opened once the holder gives the lease up", (test) => waits(test, "-d"));
	it("is opened for a confined client once the holder gives the lease up", (test) =>
		waits(test, "--confine"));

	/**
	 * python3 holds a lease on one of two files and keeps exchanging their names; the other
	 * is a FIFO. A server that waits for the lease by opening the name again may open the FIFO.
	 */
	const CHANGING = [
		"import ctypes, fcntl, os, signal, sys",
		"signal.signal(signal.SIGIO, signal.SIG_IGN)",
		"rename = ctypes.CDLL(None).renameat2",
		"os.chdir(sys.argv[1])",
		"os.mkfifo('fifo')",
		"while True:",
		"    held = os.open('leased', os.O_RDWR | os.O_CREAT)",
		"    try: fcntl.fcntl(held, fcntl.F_SETLEASE, fcntl.F_WRLCK)",
		"    except OSError: pass",
		"    os.rename('leased', 'file')",
		"    for _ in range(200): rename(-100, b'file', -100, b'fifo', 2)",
		"    os.close(held)",
	].join("\n");

	const opens = async (test: TestContext, ...options: readonly string[]): Promise<void> => {
		const directory = scratch(test);
		writeFileSync(join(directory, "file"), "");
		const holder = spawn("python3", ["-c", CHANGING, directory], { stdio: "inherit" });
		test.after(() => holder.kill("SIGKILL"));
		const session = await start(test, OURS, { args: [...options, directory], cwd: directory });
		for (let i = 0; i < 10_000; i++) {
			const handle = await session.open(FXP.OPEN, "file", FXF.READ, attrs());
			await session.ask(FXP.CLOSE, handle);
		}
		assert.equal((await session.stop()).status, 0);
	};

	it("never makes the server wait for a FIFO", (test) => opens(test, "-d"));
	it("never makes a confined server wait for a FIFO", (test) => opens(test, "--confine"));

	it("does not keep a session from ending by a signal", async (test) => {
		const directory = scratch(test);
		const path = join(directory, "file");
		const script = [
			"import fcntl, signal, sys",
			"f = open(sys.argv[1], 'w+')",
			"signal.signal(signal.SIGIO, lambda *_: print('asked', flush=True))",
			"fcntl.fcntl(f, fcntl.F_SETLEASE, fcntl.F_WRLCK)",
			"print('held', flush=True)",
			"while True: signal.pause()",
		].join("\n");
		const holder = spawn("python3", ["-c", script, path], { stdio: ["ignore", "pipe", "inherit"] });
		test.after(() => holder.kill());
		await once(holder.stdout, "data");
		const session = await start(test, OURS, { cwd: directory });
		const asked = once(holder.stdout, "data");
		await session.send(request(FXP.OPEN, 1, path, FXF.READ, attrs()));
		await asked;
		session.kill("SIGTERM");
		assert.equal((await session.ended).signal, "SIGTERM");
	});
});
