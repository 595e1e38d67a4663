// The clients of the matrix, each with its script.
import { opensshScp } from "./openssh-scp.ts";
import { opensshSftp } from "./openssh-sftp.ts";
import type { Scenario } from "./scenario.ts";

/** In the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [opensshSftp, opensshScp];
