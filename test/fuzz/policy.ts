// What the arguments permit: -R, -P and -p as the generator writes them. A second
// opinion on src/session/policy.ts, for plain names only.

const WRITERS = new Set([
	...["write", "setstat", "fsetstat", "remove", "mkdir", "rmdir", "rename", "symlink"],
	...["posix-rename", "hardlink", "fsync", "lsetstat", "copy-data"],
]);

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
