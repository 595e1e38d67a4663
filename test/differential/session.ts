/*
 * A session: how the two servers start, and the sequences of packets they get.
 * Between sequences the tree is rebuilt and handles are closed, since starting a
 * server costs more than the rest.
 */
import type { Packet } from "./packet.ts";

/** How the bytes of a sequence are divided into writes. */
export type Delivery =
	/** One packet, then wait until the server waits for input. */
	| { readonly how: "each" }
	/** All packets in one write. */
	| { readonly how: "burst" }
	/** A write for each byte. */
	| { readonly how: "bytes" }
	/** Divided at random places from the seed. */
	| { readonly how: "cuts"; readonly seed: number };

export interface Sequence {
	readonly packets: readonly Packet[];
	readonly delivery: Delivery;
	/** `early`: the end of input follows the last byte at once. `held`: it waits until everything is served. */
	readonly end: "held" | "early";
	/** Replies are left in the pipe until the input is written. */
	readonly unread: boolean;
	/** The most bytes that are read from the server's stdout at once. */
	readonly takeBytes: number;
	/** Bytes at the end of the stream that are never sent. */
	readonly missingBytes: number;
}

export type User = "root" | "tester";
export type TreeName = "small" | "wide";

export interface Session {
	readonly user: User;
	readonly tree: TreeName;
	readonly args: readonly string[];
	readonly env: readonly string[];
	/** RLIMIT_FSIZE in bytes. */
	readonly fileSize?: number;
	/** The soft RLIMIT_NOFILE, of the server and of its parent. */
	readonly files?: number;
	readonly sequences: readonly Sequence[];
}
