/*
 * What OpenSSH says to a bad value of one of its options (sftp-server.c
 * sftp_server_main): to syslog, before anything else is looked at.
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
 * What follows from a bad value: the program ends with status 255, or it goes on
 * and ends after the last option, unless a good value has followed.
 */
export type Verdict = "fatal" | "unless mended";

/**
 * Logs what is wrong with the value of an option that OpenSSH has; undefined where
 * nothing is wrong, or OpenSSH has no such option.
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
			return "unless mended";
		case "LogFacility":
			diagnose.log(invalidLogFacility, value);
			return "unless mended";
		default:
			return undefined;
	}
}

/** Whether the option may be given only once; if so, logs that. */
export function refusesSecond(keyword: string, diagnose: Logger): boolean {
	const event = new Map([
		["AllowedRequests", allowlistAlreadySet],
		["DeniedRequests", denylistAlreadySet],
	]).get(keyword);
	if (event !== undefined) diagnose.log(event);
	return event !== undefined;
}
