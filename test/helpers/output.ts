/** Where tests put what they build, as bundle.mjs has chosen it. The working directory is the repository. */
export const OUTPUT = process.env["SFTP_TEST_OUTPUT"] ?? "dist/test";
