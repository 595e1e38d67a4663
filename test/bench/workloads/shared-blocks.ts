/*
 * copy-data where the file system lets two files share blocks: XFS, in an image that
 * root mounts.
 */
import { spawnSync } from "node:child_process";
import { closeSync, copyFileSync, ftruncateSync, mkdirSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gibibyte, mebibyte } from "../fixtures.ts";
import { runChecked } from "../sample.ts";
import { type Context, eachServer, load, type Workload } from "./workload.ts";

const mkfs = "mkfs.xfs";

/** A file system that contains the file to copy; removed when the benchmark ends. */
function mounted(context: Context): string {
	const { files, copyFile, copySize } = context.fixtures;
	const [image, directory] = [join(files, "xfs.image"), join(files, "xfs")];
	const fd = openSync(image, "wx");
	ftruncateSync(fd, 2 * copySize + 512 * mebibyte);
	closeSync(fd);
	mkdirSync(directory);
	runChecked(mkfs, ["-q", "-m", "reflink=1", image]);
	runChecked("mount", ["-o", "loop", image, directory]);
	context.closers.push(async () => {
		runChecked("umount", [directory]);
		rmSync(image);
	});
	copyFileSync(copyFile, join(directory, "copy"));
	runChecked("sync", ["-f", directory]);
	return directory;
}

/** Empty when mkfs.xfs is missing or mounting is not allowed. */
export function sharedBlocksWorkloads(context: Context): Workload[] {
	if (process.getuid?.() !== 0 || spawnSync(mkfs, ["-V"]).status !== 0) return [];
	let directory: string | undefined;
	return [
		{
			name: "copy-data-shared",
			title: `copy-data of ${context.fixtures.copySize / gibibyte} GiB, XFS`,
			per: "GiB",
			contenders: eachServer(context.servers, async (server) => {
				directory ??= mounted(context);
				const target = join(directory, "copied");
				const sample = await load(context, server, ["copy", join(directory, "copy"), target]);
				rmSync(target);
				return sample;
			}),
		},
	];
}
