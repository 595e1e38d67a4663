/*
 * The result as a picture: how many times as fast as OpenSSH's server this one
 * is, one bar for each workload, on a logarithmic axis; other servers as marks.
 */
import type { Machine } from "./machine.ts";
import type { Figure, Row } from "./rows.ts";
import { bareInC, bareOnNode, machineLimit } from "./workloads/workload.ts";

const width = 910;
const labelWidth = 350;
const right = 70;
const rowHeight = 22;
const top = 76;
const bottom = 98;
const lowest = 0.25;
const highest = 32;

/** For yardsticks that are not servers. */
const lineColours = new Map([
	[machineLimit, "#b00"],
	[bareInC, "#e80"],
	[bareOnNode, "#3a3"],
]);

const escapeText = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** The position of a ratio on the axis. */
function across(ratio: number): number {
	const clamped = Math.min(Math.max(ratio, lowest), highest);
	const share = Math.log(clamped / lowest) / Math.log(highest / lowest);
	return labelWidth + share * (width - labelWidth - right);
}

function text(x: number, y: number, content: string, extra = ""): string {
	return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${extra}>${escapeText(content)}</text>`;
}

function axis(height: number): string {
	const marks: string[] = [];
	for (let ratio = lowest; ratio <= highest; ratio *= 2) {
		const x = across(ratio).toFixed(1);
		const style = ratio === 1 ? ' stroke="#444"' : ' stroke="#ddd"';
		marks.push(`<line x1="${x}" y1="${top - 6}" x2="${x}" y2="${height - bottom + 4}"${style}/>`);
		marks.push(text(across(ratio), top - 12, `${ratio}x`, ' text-anchor="middle" fill="#555"'));
	}
	return marks.join("\n");
}

function mark(figure: Figure, y: number): string {
	const x = across(figure.rate);
	const colour = lineColours.get(figure.label);
	const shape =
		colour === undefined
			? `<circle cx="${x.toFixed(1)}" cy="${y}" r="3.5" fill="none" stroke="#555"/>`
			: `<path d="M${x.toFixed(1)} ${y - 8}v16" stroke="${colour}" stroke-width="2"/>`;
	return `<g><title>${escapeText(figure.label)} ${figure.rate.toFixed(2)}x</title>${shape}</g>`;
}

function bar(row: Row, index: number): string {
	const [, against, ...others] = row.figures;
	const y = top + index * rowHeight + rowHeight / 2;
	const value = row.time?.value ?? 1;
	const [from, to] = [Math.min(across(1), across(value)), Math.max(across(1), across(value))];
	const fill = value >= 1 ? "#2a6fb0" : "#c77";
	const parts = [
		text(labelWidth - 10, y + 4, row.title, ' text-anchor="end"'),
		`<rect x="${from.toFixed(1)}" y="${y - 7}" width="${(to - from).toFixed(1)}" height="14" fill="${fill}"/>`,
		text(Math.max(to, ...others.map((figure) => across(figure.rate) + 4)) + 5, y + 4, `${value.toFixed(1)}x`),
		...others.map((figure) => mark(figure, y)),
	];
	return against === undefined ? "" : parts.join("\n");
}

/** Rows whose ratio is a share of another program's time are left out of the picture. */
export function draw(machine: Machine, rows: readonly Row[]): string {
	const shown = rows.filter((row) => row.time !== undefined && row.time.aim?.metric !== "time");
	const height = top + shown.length * rowHeight + bottom;
	const start = rows.find((row) => row.time?.aim?.metric === "time");
	const startLine =
		start?.time === undefined ? "" : `Start to VERSION: ${start.time.value.toFixed(2)} times bare node's. `;
	const notes = [
		`${startLine}Circles: other servers. Red: the same work with nothing around it.`,
		"Orange and green: a loop of packets and calls alone, in C and on node.",
		"Clients that ask about names never sleep, except on slow storage and where the row says so.",
		`${machine.date}, ${machine.processor}, ${machine.cores} cores, Linux ${machine.kernel}, node ${machine.node}`,
		`version ${machine.version}; files on ${machine.fileSystem}, names on ${machine.nameSystem}`,
	];
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<title>Speed beside OpenSSH&apos;s sftp-server</title>
<rect width="${width}" height="${height}" fill="#fff"/>
${text(20, 26, `Speed beside ${machine.openssh}`, ' font-size="16" font-weight="bold"')}
${text(20, 44, "how many times as fast, same work, medians of alternating runs", ' fill="#555"')}
${axis(height)}
${shown.map(bar).join("\n")}
${notes.map((note, i) => text(20, height - bottom + 26 + 16 * i, note, ' fill="#555"')).join("\n")}
</svg>
`;
}
