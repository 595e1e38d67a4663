/* Limits on names (linux/limits.h; the same on every Linux). */

/** The most bytes of a path, with C's final NUL. */
export const PATH_MAX = 4096;

/** The most bytes of a component. */
export const NAME_MAX = 255;
