/*
 * The tree that a session works in, made again before each: those files of the
 * differential tester's tree that an unprivileged user can make.
 */
import {
	chmodSync,
	linkSync,
	lstatSync,
	lutimesSync,
	mkdirSync,
	readdirSync,
	rmdirSync,
	symlinkSync,
	unlinkSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { treeText } from "../differential/trees.ts";
import { TESTER } from "../helpers/agent.ts";

export const TREE = "/mnt/t";

interface Entry {
	readonly type: string;
	readonly mode: number;
	readonly mtime: number;
	readonly argument: string;
	readonly path: Buffer;
	readonly permitted: boolean;
}

/* Of the long chain of links, a few are enough. */
const LEFT_OUT = /^chain\/.(?:[6-9]|[12]\d|3[0-24-9]|4\d)$/;

const entries: readonly Entry[] = treeText("small")
	.toString("latin1")
	.split("\0")
	.slice(0, -1)
	.map((line) => line.split("\t"))
	.filter(([type = "", , , , , , ...path]) => "dflh".includes(type) && !LEFT_OUT.test(path.join("\t")))
	.map(([type = "", mode = "", uid, , mtime, argument = "", ...path]) => ({
		type,
		mode: Number.parseInt(mode, 8),
		mtime: Number(mtime),
		argument,
		path: Buffer.from(`${TREE}/${path.join("\t")}`, "latin1"),
		permitted: Number(uid) === TESTER[0],
	}));

/** Empties the tree and fills it again. */
export function makeTree(): void {
	chmodSync(TREE, 0o755);
	for (const name of readdirSync(TREE, { encoding: "buffer" })) remove(below(Buffer.from(TREE), name));
	for (const entry of entries) make(entry);
	/* Last, when nothing more is created inside. */
	for (const entry of [...entries].reverse()) dress(entry);
	symlinkSync("/mnt/fixed", `${TREE}/fixed`);
}

function below(directory: Buffer, name: Buffer): Buffer {
	return Buffer.concat([directory, Buffer.from("/"), name]);
}

function remove(path: Buffer): void {
	if (!lstatSync(path).isDirectory()) {
		unlinkSync(path);
		return;
	}
	chmodSync(path, 0o700);
	for (const name of readdirSync(path, { encoding: "buffer" })) remove(below(path, name));
	rmdirSync(path);
}

function make({ type, argument, path }: Entry): void {
	const text = Buffer.from(argument, "latin1");
	if (type === "d") mkdirSync(path, { recursive: true });
	else if (type === "f") writeFileSync(path, Buffer.alloc(Number.parseInt(argument, 10), path));
	else if (type === "l") symlinkSync(text, path);
	else linkSync(below(Buffer.from(TREE), text), path);
}

/** Sets mode and time. Files that belong to others in the tester's tree get a mode that denies their owner here. */
function dress({ type, mode, mtime, path, permitted }: Entry): void {
	if (type === "l") {
		lutimesSync(path, mtime, mtime);
		return;
	}
	utimesSync(path, mtime, mtime);
	chmodSync(path, permitted ? mode : 0);
}
