// When a call that failed is made again: gRFC A6, "Retry Policy".
import { Code } from "@connectrpc/connect";

export interface RetryPolicy {
  /** How often a call is made at most, the first time included: 2 or more; more than 5 count as 5. */
  readonly maxAttempts: number;
  /** The wait before attempt n + 1 is random between 0 and `min(initialBackoffMs * backoffMultiplier^(n-1), maxBackoffMs)`. */
  readonly initialBackoffMs: number;
  readonly maxBackoffMs: number;
  readonly backoffMultiplier: number;
  /** The codes after which a call is made again; not empty. */
  readonly retryableCodes: readonly Code[];
}

const MOST_ATTEMPTS = 5;

/** @throws RangeError at a policy that gRFC A6 calls invalid */
export function assertRetryPolicy(policy: RetryPolicy): void {
  const { maxAttempts, initialBackoffMs, maxBackoffMs, backoffMultiplier, retryableCodes } = policy;
  if (!Number.isInteger(maxAttempts) || maxAttempts < 2) throw new RangeError(`maxAttempts is ${maxAttempts}: it is an integer from 2`);
  for (const [name, value] of Object.entries({ initialBackoffMs, maxBackoffMs, backoffMultiplier }))
    if (!(value > 0 && Number.isFinite(value))) throw new RangeError(`${name} is ${value}: it is a number above 0`);
  if (retryableCodes.length === 0) throw new RangeError("retryableCodes is empty");
  for (const code of retryableCodes) if (!(code in Code)) throw new RangeError(`retryableCodes has ${code}, which is no code`);
}

/** What the server says about trying again: milliseconds to wait, or "never". */
export type Pushback = number | "never" | undefined;

/** Reads `grpc-retry-pushback-ms`. A negative number, and what is no number, ask not to try again. */
export function parsePushback(value: string | undefined): Pushback {
  if (value === undefined) return undefined;
  return /^\d{1,10}$/.test(value) ? Number(value) : "never";
}

/**
 * The wait before the next attempt in milliseconds; undefined where there is to be none.
 *
 * @param attempts how often the call has been made; what is retried transparently does not count
 * @param random from 0 to 1
 */
export function retryDelayMs(policy: RetryPolicy, attempts: number, code: Code, pushback: Pushback, random: number): number | undefined {
  if (pushback === "never" || attempts >= Math.min(policy.maxAttempts, MOST_ATTEMPTS)) return undefined;
  if (!policy.retryableCodes.includes(code)) return undefined;
  if (pushback !== undefined) return pushback;
  return random * Math.min(policy.maxBackoffMs, policy.initialBackoffMs * policy.backoffMultiplier ** (attempts - 1));
}
