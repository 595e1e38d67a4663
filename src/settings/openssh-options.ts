/*
 * OpenSSH's error messages for its own options (sftp-server.c sftp_server_main). They go
 * to syslog.
 */
import {
	allowlistAlreadySet,
	denylistAlreadySet,
	invalidLogFacility,
	invalidLogLevel,
	invalidUmask,
} from "../log/events/options.ts";
import type { Logger } from "../log/logger.ts";
import type { ByteString } from "../posix/byte-string.ts";
import { type ExpansionContext, expandDirectory, logExpansionFailure, OPENSSH_TOKENS } from "./expand.ts";

/**
 * The effect of a bad value: the program ends at once with status 255, or it ends after
 * the last option unless a valid value follows.
 */
export type Verdict = "fatal" | "unless corrected";

/**
 * Logs an invalid value of one of OpenSSH's options and returns its effect. Returns
 * undefined if the value is valid, or if OpenSSH has no such option.
 *
 * @param isBad whether the keyword refuses the value
 */
export function judgeAsOpenssh(
	keyword: string,
	value: ByteString,
	isBad: boolean,
	context: ExpansionContext & { readonly diagnose: Logger },
): Verdict | undefined {
	const { diagnose } = context;
	if (keyword === "StartDirectory") {
		const expansion = expandDirectory(value, context, OPENSSH_TOKENS);
		if (expansion.kind === "path") return undefined;
		logExpansionFailure(expansion, diagnose);
		return "fatal";
	}
	if (!isBad) return undefined;
	switch (keyword) {
		case "Umask":
			diagnose.log(invalidUmask, value);
			return "fatal";
		case "LogLevel":
			diagnose.log(invalidLogLevel, value);
			return "unless corrected";
		case "LogFacility":
			diagnose.log(invalidLogFacility, value);
			return "unless corrected";
		default:
			return undefined;
	}
}

/** Whether OpenSSH refuses the option a second time; if so, logs that. */
export function refusesRepetition(keyword: string, diagnose: Logger): boolean {
	const event = new Map([
		["AllowedRequests", allowlistAlreadySet],
		["DeniedRequests", denylistAlreadySet],
	]).get(keyword);
	if (event !== undefined) diagnose.log(event);
	return event !== undefined;
}
