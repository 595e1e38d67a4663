/* Where the configuration file is. */
import { asByteString } from "../posix/byte-string.ts";

export const DEFAULT_CONFIG = asByteString("/etc/ssh/sftp_server_config");
