/* The clients of the matrix, each with its script. */
import { curl } from "./curl.ts";
import { lftp } from "./lftp.ts";
import { opensshScp } from "./openssh-scp.ts";
import { opensshSftp } from "./openssh-sftp.ts";
import { opensshSftpTerminal } from "./openssh-sftp-terminal.ts";
import { paramiko } from "./paramiko.ts";
import { psftp } from "./psftp.ts";
import { rclone } from "./rclone.ts";
import type { Scenario } from "./scenario.ts";
import { ssh2 } from "./ssh2.ts";
import { sshfs } from "./sshfs.ts";
import { winscpLike } from "./winscp-like.ts";

/** In the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [
	opensshSftp,
	opensshSftpTerminal,
	opensshScp,
	sshfs,
	lftp,
	rclone,
	curl,
	psftp,
	paramiko,
	ssh2,
	winscpLike,
];
