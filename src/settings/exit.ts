/* The end of the program before a session: its status and what it prints. */
import { escapeLine } from "../log/escape.ts";
import { usage } from "./usage.ts";

/** Texts have one character per byte. */
export interface Exit {
	readonly kind: "exit";
	readonly status: number;
	readonly stdout: string;
	readonly stderr: string;
}

/** OpenSSH's status after a fatal error. */
export const FATAL_STATUS = 255;

export function exit(status: number, output: { stdout?: string; stderr?: string } = {}): Exit {
	return { kind: "exit", status, stdout: output.stdout ?? "", stderr: output.stderr ?? "" };
}

export function usageExit(programName: string): Exit {
	return exit(1, { stderr: usage(programName) });
}

/** Ends the program with one sentence on standard error, in which control characters are escaped. */
export function sentenceExit(status: number, programName: string, sentence: string): Exit {
	return exit(status, { stderr: `${escapeLine(`${programName}: ${sentence}`)}\n` });
}
