/** Prefetches requests as on slow storage; a test's storage is never slow. */
export const SLOW_STORAGE = "slow storage";
