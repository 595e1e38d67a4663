/* A workload, as the rest of the benchmark sees it. */
import type { Fixtures } from "../fixtures.ts";
import type { Programs } from "../native.ts";
import type { Options } from "../options.ts";
import type { Sample } from "../sample.ts";
import { measure } from "../sample.ts";
import type { Server, Servers } from "../servers.ts";

/** A program that does the work, once per call. */
export type Contender = {
	readonly label: string;
	/** Set for a yardstick that is not a server but shows what is possible: it runs as often as the pair. */
	readonly inEachRound?: boolean;
	run(): Promise<Sample>;
};

export type Workload = {
	/** For --only and for the result's JSON. */
	readonly name: string;
	readonly title: string;
	/** The unit of the figures: a request, a GiB, the whole. */
	readonly per: "request" | "GiB" | "run";
	/** How often a round runs each contender; 1 when not given. */
	readonly repeat?: number;
	/** The measured server, the one that it is compared with, then any yardsticks. */
	readonly contenders: readonly [Contender, Contender, ...Contender[]];
};

export type Context = {
	readonly options: Options;
	readonly programs: Programs;
	readonly servers: Servers;
	readonly fixtures: Fixtures;
	/** Functions to call before the files are removed. */
	readonly closers: (() => Promise<void>)[];
};

/** The part of the work that --quick asks for, at least 1. */
export function scaled(context: Context, amount: number): number {
	return context.options.quick ? Math.max(1, Math.round(amount / 10)) : amount;
}

/** The same run for each server. */
export function eachServer(
	servers: Servers,
	run: (server: Server) => Promise<Sample>,
): Workload["contenders"] {
	const contender = (server: Server) => ({ label: server.label, run: () => run(server) });
	return [contender(servers.ours), contender(servers.against), ...servers.others.map(contender)];
}

/** The two servers that are compared, without the others. */
export function pairOnly(servers: Servers, run: (server: Server) => Promise<Sample>): Workload["contenders"] {
	return eachServer({ ...servers, others: [] }, run);
}

/** One run of the load generator, with load.c's arguments. */
export function load(context: Context, server: Server, args: readonly (string | number)[]): Promise<Sample> {
	return measure(context.programs.load, [...args.map(String), "--", server.path]);
}

export const machineLimit = "limit";

/** Loops of only packets and calls: bare.c and bare-stat.cjs. */
export const bareInC = "bare loop in C";
export const bareOnNode = "bare loop on node";

/** The work alone, as a yardstick: see limit.c. */
export function limit(context: Context, ...args: readonly (string | number)[]): Contender {
	return {
		label: machineLimit,
		inEachRound: true,
		run: () => measure(context.programs.limit, args.map(String)),
	};
}
