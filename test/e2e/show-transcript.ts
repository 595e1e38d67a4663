/*
 * Prints what the matrix compares for one client and the server under test:
 * node test/helpers/run-script.mjs test/e2e/show-transcript.ts CLIENT [--full]
 */
import { SCENARIOS } from "./clients/list.ts";
import { Transcript } from "./clients/scenario.ts";
import { FULL_LOAD, LIGHT_LOAD, ownLogin, Surroundings } from "./setup.ts";

async function main(name: string, full: boolean): Promise<void> {
	const scenario = SCENARIOS.find((one) => one.name === name);
	if (scenario === undefined)
		throw new Error(`one of ${SCENARIOS.map((one) => one.name).join(", ")}, please`);
	const surroundings = new Surroundings();
	try {
		const sshd = await surroundings.sshd({ subsystem: surroundings.server.line });
		const stage = surroundings.stage(sshd, sshd.ports[0] ?? 0, ownLogin(), full ? FULL_LOAD : LIGHT_LOAD);
		const transcript = new Transcript(stage, scenario.masks);
		const start = performance.now();
		await scenario
			.run(stage, transcript)
			.finally(() => process.stdout.write(Buffer.from(`${transcript}\n`, "latin1")));
		console.log(`${Math.round(performance.now() - start)} ms`);
	} finally {
		await surroundings.close();
	}
}

main(process.argv[2] ?? "", process.argv[3] === "--full").catch((error: unknown) => {
	console.error(error);
	process.exitCode = 1;
});
