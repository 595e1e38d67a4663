/* The C programs, and the sources of each. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { compileProgram } from "../helpers/compile.ts";
import { OUTPUT } from "../helpers/output.ts";
import { runChecked } from "./sample.ts";

const sources = join("test", "bench");
const target = join(OUTPUT, "bench");
const awake = join(sources, "awake.h");

export type Programs = {
	readonly load: string;
	readonly limit: string;
	readonly bare: string;
	/** Absent when FUSE isn't installed. */
	readonly slowfs?: string;
};

function compile(name: string, files: readonly string[], flags?: readonly string[]): string {
	return compileProgram(join(target, name), files, flags);
}

function fuseFlags(): string[] | undefined {
	try {
		return runChecked("pkg-config", ["--cflags", "--libs", "fuse3"]).trim().split(/\s+/);
	} catch {
		return undefined;
	}
}

/** The working directory is the repository. Throws an Error with the compiler's output. */
export function compileLoad(): string {
	const parts = readdirSync(join(sources, "load")).map((name) => join(sources, "load", name));
	return compile("load", [join(sources, "load.c"), awake, ...parts]);
}

/** As compileLoad(). */
export function compileLimit(): string {
	return compile("limit", [join(sources, "limit.c"), awake]);
}

/** As compileLoad(). */
export function compileBare(): string {
	return compile("bare", [join(sources, "bare.c"), join(sources, "load", "load.h")]);
}

/** All of them; see compileLoad(). */
export function compilePrograms(): Programs {
	const fuse = fuseFlags();
	return {
		load: compileLoad(),
		limit: compileLimit(),
		bare: compileBare(),
		...(fuse === undefined ? {} : { slowfs: compile("slowfs", [join(sources, "slowfs.c")], fuse) }),
	};
}
