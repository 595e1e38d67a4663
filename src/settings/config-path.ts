/* The path of the configuration file. */
import { asByteString } from "../posix/byte-string.ts";

export const DEFAULT_CONFIG = asByteString("/etc/ssh/sftp_server_config");
