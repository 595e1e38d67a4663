/* Constants of openat2(2) on x86-64 and arm64, which node does not name. */
import { constants } from "node:fs";

/** Opens a descriptor that only names the file. */
export const O_PATH = 0x200000;
export const O_PATH_DIRECTORY = O_PATH | constants.O_DIRECTORY;
/** Names a link itself. */
export const O_PATH_NOFOLLOW = O_PATH | constants.O_NOFOLLOW;

export const RESOLVE_NO_MAGICLINKS = 0x02;
export const RESOLVE_NO_SYMLINKS = 0x04;
export const RESOLVE_BENEATH = 0x08;
export const RESOLVE_IN_ROOT = 0x10;
