/** Serves requests ahead of their turn, as on slow storage; a test's storage is never slow. */
export const SLOW_STORAGE = "slow storage";
