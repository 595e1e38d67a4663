/* Events about attributes. */

import * as attributes from "../../../src/log/events/attributes.ts";
import { U64 } from "../../../src/wire/u64.ts";
import { checkEvents, path, row } from "./golden.ts";

checkEvents(attributes, [
	row(attributes.setstat, [1, path], "debug1", "setstat", 'request 1: setstat name "/a\xff"', {
		request: 1,
		path,
	}),
	row(attributes.lsetstat, [1, path], "debug1", "lsetstat", 'request 1: lsetstat name "/a\xff"', {
		request: 1,
		path,
	}),
	row(attributes.fsetstat, [1, -1], "debug1", "fsetstat", "request 1: fsetstat handle -1", {
		request: 1,
		handle: undefined,
	}),
	row(
		attributes.setSize,
		[path, new U64(0xffffffff, 0xffffffff)],
		"info",
		"set-size",
		'set "/a\xff" size 18446744073709551615',
		{ path, size: 0xffff_ffff_ffff_ffffn },
	),
	row(attributes.setMode, [path, 7], "info", "set-mode", 'set "/a\xff" mode 0007', { path, mode: "0007" }),
	row(
		attributes.setModtime,
		[path, "20010909-01:46:40", 1_000_000_000],
		"info",
		"set-modtime",
		'set "/a\xff" modtime 20010909-01:46:40',
		{ path, mtimeSeconds: 1_000_000_000 },
	),
	row(
		attributes.setOwner,
		[path, 0xffffffff, 5],
		"info",
		"set-owner",
		'set "/a\xff" owner 4294967295 group 5',
		{ path, uid: 0xffffffff, gid: 5 },
	),
	row(
		attributes.attributesKept,
		[path, ["times", "owner"]],
		"verbose",
		"attributes-kept",
		'keep times owner of "/a\xff"',
		{ path, attributes: "times,owner" },
	),
]);
