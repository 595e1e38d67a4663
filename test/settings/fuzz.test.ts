/*
 * The parser of the configuration file, given damaged files from a seed: it
 * returns settings or an error that names a line, and accepts no rubbish.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keywords } from "../../src/settings/keywords.ts";
import { report } from "../../src/settings/report.ts";
import { Random } from "../differential/random.ts";
import { isFast } from "../helpers/fast.ts";
import { evaluate, rewriteConfig, writeConfig } from "./config.ts";

/** A fast run does with fewer; the seed is the same. */
const RUNS = isFast ? 1_000 : 5_000;
const RANDOM_RUNS = RUNS / 2.5;

const NAMES = [...keywords.map(({ name }) => name), "Match", "Include"];
const WORDS = [
	...NAMES,
	..."User Group Address LocalAddress LocalPort All yes no INFO AUTH json 022 777 22 part.d/* part self".split(
		" ",
	),
	..."192.0.2.0/24 2001:db8::/32 ::1 10.* !10.0.0.1 *,!root root,daemon ~ ~root/x %d/%u %% /srv:ro open,read*,[x".split(
		" ",
	),
] as const;
const PIECES = [
	" ",
	"  ",
	"\t",
	"=",
	"\n",
	"\n\n",
	"\r\n",
	"#",
	'"',
	"'",
	"\\",
	",",
	"!",
	"*",
	"%",
	"\0",
	"\f",
	"\xff",
	"[",
] as const;

const GOOD_LINES = [
	"ReadOnly yes",
	"AllowedRequests = open,read*,stat",
	'DeniedRequests ""',
	"StartDirectory ~root/%u  # comment",
	"umask 027",
	"Confine /srv:ro",
	"Confine '/a b'",
	'Sandbox "no"',
	"LogLevel=verbose",
	"LogFormat json",
	"Match User *,!daemon Group root,0",
	"Match Address 192.0.2.0/24,!192.0.2.1 LocalPort 22",
	"Match all",
	"Include part part.d/*",
	"# LogLevel",
	"",
] as const;

/** Valid and nearly valid lines, some of whose bytes are changed, dropped or doubled. */
function randomFile(random: Random): string {
	const word = () => WORDS[random.below(WORDS.length)] ?? "";
	const line = () => {
		if (random.chance(90)) return random.pick(GOOD_LINES);
		const name = random.chance(90) ? (NAMES[random.below(NAMES.length)] ?? "") : word();
		return [name, ...Array.from({ length: random.between(0, 3) }, word)].join(random.chance(95) ? " " : "=");
	};
	let text = Array.from({ length: random.between(1, 6) }, line).join("\n");
	for (let i = random.below(3); i > 0; i--) {
		const at = random.below(text.length + 1);
		const piece = random.chance(80) ? random.pick(PIECES) : String.fromCharCode(random.below(256));
		text = text.slice(0, at) + (random.chance(70) ? piece : "") + text.slice(at + random.below(3));
	}
	/* Reads no files of this machine. */
	return text.replaceAll(/include[^\n]*/gi, (line) => line.replaceAll(/(?<!part\.d)\//g, "_"));
}

/** How a line that sets something must begin, independently of the parser. */
const BEGINNING = new RegExp(`^[ \\t\\r]*(?:#|$|"?(?:${NAMES.join("|")})(?:[" \\t\\r=]))`, "i");

describe("a damaged configuration file", () => {
	it(`is either an error or valid: ${RUNS} files from a seed`, (test) => {
		const path = writeConfig(test, {
			config: "",
			part: "LogLevel INFO\n",
			self: "Include self\n",
			"part.d/x": "Match All\nUmask 22\n",
		});
		const random = new Random(6);
		const counts = { taken: 0, refused: 0 };
		for (let i = 0; i < RUNS; i++) {
			const text = randomFile(random);
			rewriteConfig(path, text);
			const result = evaluate(path, {
				user: "root",
				groups: () => [{ id: 0, name: "root" }],
				address: "192.0.2.7",
				localAddress: "::1",
				localPort: 22,
			});
			if (typeof result === "string") {
				counts.refused++;
				assert.match(result, /^(?:config|self) line \d+ column \d+: ./, JSON.stringify(text));
				continue;
			}
			counts.taken++;
			assert.doesNotMatch(text, /\0/);
			for (const line of text.split("\n"))
				assert.match(line.replace(/[ \t\r\f]+$/, ""), BEGINNING, JSON.stringify(text));
			/* Settings that were understood can be printed as valid lines. */
			rewriteConfig(path, report(result));
			const again = evaluate(path);
			assert.ok(typeof again !== "string", `${JSON.stringify(text)}: ${String(again)}`);
			assert.deepEqual(again.settings, result.settings, JSON.stringify(text));
		}
		assert.ok(counts.taken > RUNS / 20 && counts.refused > RUNS / 20, JSON.stringify(counts));
	});

	it("is either an error or valid when it consists of random bytes", (test) => {
		const path = writeConfig(test, { config: "" });
		const random = new Random(7);
		let refused = 0;
		for (let i = 0; i < RANDOM_RUNS; i++) {
			const content = random.bytes(random.between(0, 300)).toString("latin1");
			rewriteConfig(path, content);
			const result = evaluate(path);
			if (typeof result === "string") refused++;
			else assert.match(content, /^(?:[ \t\r\f]*(?:#[^\n]*)?(?:\n|$))*$/);
		}
		assert.ok(refused > RANDOM_RUNS * 0.95, String(refused));
	});

	it("is parsed quickly despite patterns with many stars, deep nesting and long lines", (test) => {
		const stars = `${"*a".repeat(5000)}b`;
		const files = {
			config: `Match User ${stars}\nInclude ${"*a".repeat(100)}\nLogFile '${"x".repeat(100_000)}'\n`,
			["a".repeat(200)]: "",
		};
		const path = writeConfig(test, files);
		const user = "a".repeat(5000);
		const none = { groups: () => [], address: undefined, localAddress: undefined, localPort: undefined };
		const result = evaluate(path, { ...none, user });
		assert.ok(typeof result !== "string" && result.assigned.size === 0);
	});
});
