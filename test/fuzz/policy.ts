/*
 * What the arguments permit: -R, -P and -p as the generator writes them. An
 * independent check of src/session/policy.ts, for plain names only.
 */
import { OPERATIONS } from "../helpers/operations.ts";

const WRITERS = new Set(OPERATIONS.filter(({ writes }) => writes).map(({ name }) => name));

export interface FuzzPolicy {
	readonly readOnly: boolean;
	readonly denied: string | undefined;
	readonly allowed: string | undefined;
	permits(operation: string): boolean;
}

export function policyOf(args: readonly string[]): FuzzPolicy {
	const argumentOf = (option: string) => (args.includes(option) ? args[args.indexOf(option) + 1] : undefined);
	const readOnly = args.includes("-R");
	const denied = argumentOf("-P");
	const allowed = argumentOf("-p");
	return {
		readOnly,
		denied,
		allowed,
		permits: (operation) =>
			!(readOnly && WRITERS.has(operation)) &&
			!denied?.split(",").includes(operation) &&
			(allowed === undefined || allowed.split(",").includes(operation)),
	};
}
