/** How long to wait between attempts to connect: gRPC's "Connection Backoff Protocol". */
export interface BackoffOptions {
  /** After the first failure. */
  readonly initialMs: number;
  readonly multiplier: number;
  readonly maxMs: number;
  /** The share by which a wait is longer or shorter at random, so that clients of a server that was down do not come back all at once. */
  readonly jitter: number;
}

/** What gRPC names: 1 s, 1.6 times as long each time, at most 120 s, give or take a fifth. */
export const defaultBackoff: BackoffOptions = { initialMs: 1000, multiplier: 1.6, maxMs: 120_000, jitter: 0.2 };

/**
 * The wait after so many failures in a row, in milliseconds.
 *
 * @param failures 1 or more
 * @param random from 0 to 1
 */
export function backoffMs(failures: number, options: BackoffOptions, random: number): number {
  const { initialMs, multiplier, maxMs, jitter } = options;
  const waitMs = Math.min(maxMs, initialMs * multiplier ** (failures - 1));
  return waitMs * (1 + jitter * (2 * random - 1));
}
