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
import { type ExpansionContext, expandDirectory, logExpansionFailure } from "./expand.ts";

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
 * @param isSecond whether the option was given before
 */
export function judgeAsOpenssh(
	keyword: string,
	value: ByteString,
	{ isBad, isSecond }: { readonly isBad: boolean; readonly isSecond: boolean },
	context: ExpansionContext & { readonly diagnose: Logger },
): Verdict | undefined {
	const { diagnose } = context;
	switch (keyword) {
		case "AllowedRequests":
			if (!isSecond) return undefined;
			diagnose.log(allowlistAlreadySet);
			return "fatal";
		case "DeniedRequests":
			if (!isSecond) return undefined;
			diagnose.log(denylistAlreadySet);
			return "fatal";
		case "StartDirectory": {
			const expansion = expandDirectory(value, context);
			if (expansion.kind === "path") return undefined;
			logExpansionFailure(expansion, diagnose);
			return "fatal";
		}
		case "Umask":
			if (!isBad) return undefined;
			diagnose.log(invalidUmask, value);
			return "fatal";
		case "LogLevel":
			if (!isBad) return undefined;
			diagnose.log(invalidLogLevel, value);
			return "unless mended";
		case "LogFacility":
			if (!isBad) return undefined;
			diagnose.log(invalidLogFacility, value);
			return "unless mended";
		default:
			return undefined;
	}
}
