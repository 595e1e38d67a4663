/* Events about options. */
import * as options from "../../../src/log/events/options.ts";
import { checkEvents, row } from "./golden.ts";

checkEvents(options, [
	row(options.invalidLogLevel, ["x"], "error", "invalid-log-level", 'Invalid log level "x"', {
		value: Buffer.from("x"),
	}),
	row(options.invalidLogFacility, ["x"], "error", "invalid-log-facility", 'Invalid log facility "x"', {
		value: Buffer.from("x"),
	}),
	row(options.allowlistAlreadySet, [], "fatal", "allowlist-already-set", "Permitted requests already set"),
	row(options.denylistAlreadySet, [], "fatal", "denylist-already-set", "Refused requests already set"),
	row(options.invalidUmask, ["9"], "fatal", "invalid-umask", 'Invalid umask "9"', {
		value: Buffer.from("9"),
	}),
	row(options.noSuchUser, ["x"], "error", "no-such-user", "tilde_expand: No such user x", {
		name: Buffer.from("x"),
	}),
	row(options.pathTooLong, [], "error", "path-too-long", "tilde_expand: Path too long"),
	row(
		options.unknownPercentKey,
		["h"],
		"error",
		"unknown-percent-key",
		"vdollar_percent_expand: unknown key %h",
		{ key: Buffer.from("h") },
	),
	row(
		options.invalidPercentFormat,
		[],
		"error",
		"invalid-percent-format",
		"vdollar_percent_expand: invalid format",
	),
	row(options.percentExpandFailed, [], "fatal", "percent-expand-failed", "percent_expand: failed"),
]);
