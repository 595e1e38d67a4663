/* Events of poll(2); the same numbers on every Linux. */
export const POLLIN = 0x0001;
export const POLLOUT = 0x0004;
export const POLLERR = 0x0008;
export const POLLHUP = 0x0010;
export const POLLNVAL = 0x0020;

/** The output's events in what addon.poll gives back. */
export const OUTPUT_SHIFT = 16;
