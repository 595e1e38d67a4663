/* Limits on names (linux/limits.h; the same on every Linux). */

/** Bytes of a path, with the NUL that ends it in C. */
export const PATH_MAX = 4096;

/** Bytes of one component. */
export const NAME_MAX = 255;
