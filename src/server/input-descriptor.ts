/* The descriptor of standard input, of any kind. */
import { addon } from "../posix/addon.ts";
import { errno } from "../posix/errno.ts";
import { FileType } from "../posix/stat.ts";
import type { Host } from "./host.ts";

/** The cheapest size for uploads between 64 KiB and 1 MiB: data are still in the processor's cache when they are written. */
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

	/** Reads available input, and waits if it is blocking. Returns the number of bytes, 0 at the end, or -errno. */
	read(to: Buffer, offset: number, length: number): number {
		const result = this.#host.read(this.fd, to, offset, length);
		/* A terminal hung up during the read: an error this time, and end of input from now on. */
		if (result === -errno.EIO) return this.#host.read(this.fd, to, offset, length);
		if (result >= LARGE_READ_BYTES && !this.#enlarged) this.#enlarge();
		return result;
	}

	/** A client that sends much at once is likely to send more. */
	#enlarge(): void {
		this.#enlarged = true;
		if (addon.descriptorType(this.fd) === FileType.FIFO) addon.setPipeSize(this.fd, PIPE_BYTES);
	}
}
