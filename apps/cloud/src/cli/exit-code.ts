/** What the process ends with. */
export const exitCode = {
  ok: 0,
  /** The command could not be done. */
  failure: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The configuration is wrong; EX_CONFIG of sysexits.h. */
  config: 78,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];
