/* The descriptor of standard input, whatever it is. */
import { addon } from "../posix/addon.ts";
import { errno } from "../posix/errno.ts";
import { FileType } from "../posix/stat.ts";
import type { Host } from "./host.ts";

/** Of 64 KiB to 1 MiB the size with which uploads cost least: what is read is still in the processor's cache when it is written. */
const PIPE_BYTES = 256 * 1024;
/** Half of what a pipe of the usual size holds. */
const LARGE_READ_BYTES = 32 * 1024;

export class InputDescriptor {
	readonly fd: number;
	readonly #host: Host;
	#enlarged = false;

	constructor(host: Host) {
		this.fd = host.input;
		this.#host = host;
	}

	/** Reads what there is, waiting if it is blocking: the number of bytes, 0 at the end, or -errno. */
	read(to: Buffer, offset: number, length: number): number {
		const result = this.#host.read(this.fd, to, offset, length);
		/* A terminal hung up during the read: an error this once, from now on the end. */
		if (result === -errno.EIO) return this.#host.read(this.fd, to, offset, length);
		if (result >= LARGE_READ_BYTES && !this.#enlarged) this.#enlarge();
		return result;
	}

	/** A client that sends much at once sends more. */
	#enlarge(): void {
		this.#enlarged = true;
		if (addon.descriptorType(this.fd) === FileType.FIFO) addon.setPipeSize(this.fd, PIPE_BYTES);
	}
}
