/*
 * Home directories as a rooted client sees them. In a client's path, such as
 * StartDirectory, a tilde or %d expands to the home's path in the root if the home's
 * path is inside the root.
 */
import { asByteString, type ByteString } from "../posix/byte-string.ts";
import type { ExpansionContext } from "./expand.ts";

/** `root` is an absolute path. */
export function homesInRoot(context: ExpansionContext, root: ByteString): ExpansionContext {
	const { user, lookUpUser, lookUpGroup } = context;
	const top = root.replace(/\/+$/, "");
	const placed = <T extends { readonly dir: ByteString }>(one: T): T => ({
		...one,
		dir: place(one.dir, top),
	});
	return {
		user: placed(user),
		lookUpGroup,
		lookUpUser(name) {
			const other = lookUpUser(name);
			return other === undefined ? undefined : placed(other);
		},
	};
}

function place(home: ByteString, top: string): ByteString {
	if (home !== top && !home.startsWith(`${top}/`)) return home;
	return asByteString(home.slice(top.length) || "/");
}
