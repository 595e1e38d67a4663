/* What the table of differences needs to know about the packets that were sent. */
import type { Context } from "../helpers/differences.ts";
import type { Packet } from "./packet.ts";

const NAME_MAX = 255;
const PATH_MAX = 4096;

/** The context of the packets that were sent; `wire` is each packet's bytes. */
export function contextOf(
	sent: readonly { packet: Packet; wire: Buffer; known: boolean }[],
	args: readonly string[],
	isRooted: boolean,
): Context {
	const level = args.find((arg, i) => args[i - 1] === "-l" || arg.startsWith("-el")) ?? "";
	const id = (wire: Buffer): number => (wire.length >= 9 ? wire.readUInt32BE(5) : -1);
	/* "Up to the end", from where only a device can be read, also has a length: the offsets that remain. */
	const isCopy = ({ packet }: { packet: Packet }): boolean => {
		const [, offset, length] = packet.values;
		return (
			packet.name === "copy-data" &&
			(packet.damage.length > 0 ||
				(length?.kind === "u64" && length.value !== 0n) ||
				(offset?.kind === "u64" && offset.value >= 1n << 63n))
		);
	};
	return {
		unknownTypes: new Set(sent.filter(({ known }) => !known).map(({ wire }) => id(wire))),
		copies: new Set(sent.filter(isCopy).map(({ wire }) => id(wire))),
		listsLongPath: isRooted && sent.some(({ packet }) => opensLongDirectory(packet)),
		showsDebug1: /debug/i.test(level),
		showsDebug2: /debug[23]/i.test(level),
	};
}

/** Whether names in the directory may give a path that is too long. */
function opensLongDirectory({ name, values: [path] }: Packet): boolean {
	return name === "opendir" && path?.kind === "bytes" && path.bytes.length + 1 + NAME_MAX >= PATH_MAX;
}
