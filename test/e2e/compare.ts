/* Turns what a client printed and left into lines, and shows where two such lists differ. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { snapshotTree } from "../helpers/tree-snapshot.ts";
import { type Place, type Script, Transcript } from "./clients/scenario.ts";
import { withoutTolerated } from "./tolerated-texts.ts";

/** Runs a script in a fresh place and returns what it printed and left, line by line; removes the place. */
export async function outcome<P extends Place>(script: Script<P>, place: P): Promise<string[]> {
	const transcript = new Transcript(place, script.masks);
	// Clients set times in whole seconds and the kernel's clock is coarse. Planted files are years old.
	const options = { recentSinceMilliseconds: Date.now() - 60_000 };
	try {
		await script.run(place, transcript);
		const printed = script.showsServerTexts ? withoutTolerated(`${transcript}`) : `${transcript}`;
		return [
			...printed.split("\n"),
			...snapshotTree(place.local, options).map((line) => `local ${line}`),
			...snapshotTree(place.remote, options).map((line) => `remote ${line}`),
		].map((line) => line.replaceAll(place.directory, "DIR"));
	} finally {
		rmSync(place.directory, { recursive: true });
	}
}

/** Throws unless the lists are equal; shows only the lines around the first difference. */
export function assertSameLines(ours: readonly string[], peer: readonly string[]): void {
	const length = Math.max(ours.length, peer.length);
	for (let index = 0; index < length; index += 1) {
		if (ours[index] === peer[index]) continue;
		const around = peer.slice(Math.max(0, index - 12), index).join("\n");
		assert.fail(
			`line ${index} differs, after:\n${around}\n` +
				`OpenSSH's server:\n${peer.slice(index, index + 5).join("\n")}\n` +
				`this server:\n${ours.slice(index, index + 5).join("\n")}`,
		);
	}
}
