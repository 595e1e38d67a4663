/* Events of poll(2); the same numbers on every Linux. */
export const POLLIN = 0x0001;
export const POLLOUT = 0x0004;
export const POLLERR = 0x0008;
export const POLLHUP = 0x0010;
export const POLLNVAL = 0x0020;

/** The position of the output's events in addon.poll's result. */
export const OUTPUT_SHIFT = 16;
