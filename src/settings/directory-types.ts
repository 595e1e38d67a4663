/* The types of values that are directories: with a tilde, tokens and an optional ":ro". */
import { asByteString, type ByteString } from "../posix/byte-string.ts";
import { checkTokens, describeExpansionFailure, type ExpansionContext, expandDirectory } from "./expand.ts";
import type { ConfinedDirectory } from "./settings.ts";
import { quote, Refusal, type ValueType } from "./value-type.ts";

export const directory: ValueType<ByteString> = {
	expected: "a directory (~, ~user, %d home, %u user, %U uid, %% percent sign)",
	words: "one",
	parse: ([text = asByteString("")]) => checked(text, text),
	expand: expanded,
	show: (path) => [showDirectory(path)],
};

/** A directory with an optional ":ro". If the directory's own name ends in ":ro", a slash must follow it. */
export const confinedDirectory: ValueType<ConfinedDirectory> = {
	expected: "a directory, with :ro after it for reading only",
	words: "one",
	parse: ([text = asByteString("")]) => {
		const readOnly = text.endsWith(":ro");
		const path = asByteString(readOnly ? text.slice(0, -":ro".length) : text);
		if (path === "") return new Refusal(`${quote(text)}: the directory is empty`);
		return checked(text, { directory: path, readOnly });
	},
	expand: ({ directory: path, readOnly }, context) => {
		const result = expanded(path, context);
		if (result instanceof Refusal) return result;
		return result === ""
			? new Refusal(`${quote(path)}: the directory is empty`)
			: { directory: result, readOnly };
	},
	show: ({ directory: path, readOnly }) => {
		const shown = showDirectory(path);
		return [asByteString(readOnly ? `${shown}:ro` : shown.endsWith(":ro") ? `${shown}/` : shown)];
	},
};

function checked<T>(text: ByteString, value: T): T | Refusal {
	const failure = checkTokens(text);
	return failure === undefined ? value : new Refusal(`${quote(text)}: ${describeExpansionFailure(failure)}`);
}

function expanded(text: ByteString, context: ExpansionContext): ByteString | Refusal {
	const expansion = expandDirectory(text, context);
	if (expansion.kind === "path") return expansion.path;
	return new Refusal(`${quote(text)}: ${describeExpansionFailure(expansion)}`);
}

/** Escapes an expanded path so that nothing in it is expanded again. */
function showDirectory(path: ByteString): ByteString {
	const literal = path.replaceAll("%", "%%");
	return asByteString(literal.startsWith("~") ? `./${literal}` : literal);
}
