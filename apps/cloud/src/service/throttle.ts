/** Counts attempts, and slows down who makes too many. What is counted together, and when, is the use case's business. */
import type { ArcanaError } from "@arcana/framework/error";
import { frameworkError } from "@arcana/framework/error";
import type { AttemptRepository, Attempts, Clock } from "./ports.ts";

/** The maths of one kind of limit: how long it blocks after how many attempts. Pure. */
export interface ThrottlePolicy {
  /** The state after one more attempt. */
  next(former: Attempts | undefined, now: Date): Attempts;
  /** 0: not blocked. */
  blockedForMs(attempts: Attempts | undefined, now: Date): number;
}

/** One counter: under which key it is kept, and how it blocks. */
export interface Limit {
  readonly key: string;
  readonly policy: ThrottlePolicy;
}

export interface Throttle {
  /** How long the longest block of the limits is now, in milliseconds; 0: none. */
  blockedForMs(limits: readonly Limit[], signal: AbortSignal | undefined): Promise<number>;
  /**
   * Counts an attempt on those limits that do not block already. Returns for how long they had been blocked before: of many
   * attempts at once, only as many as the policies allow see 0. It takes no signal: who hangs up does not get one for free.
   */
  count(limits: readonly Limit[]): Promise<number>;
  /** Forgets what was counted. */
  forgive(limit: Limit, signal: AbortSignal | undefined): Promise<void>;
}

/** The error of who must wait. */
export function tooManyAttempts(retryAfterMs: number): ArcanaError {
  return frameworkError("RATE_LIMIT_EXCEEDED", `too many attempts; try again in ${Math.ceil(retryAfterMs / 1000)} seconds`, {
    retryAfterMs,
  });
}

/** Counts an attempt, whatever comes of it. @throws RATE_LIMIT_EXCEEDED where a limit blocks it */
export async function admit(throttle: Throttle, limits: readonly Limit[]): Promise<void> {
  const blockedMs = await throttle.count(limits);
  if (blockedMs > 0) throw tooManyAttempts(blockedMs);
}

export function createThrottle({ attempts, clock }: { readonly attempts: AttemptRepository; readonly clock: Clock }): Throttle {
  async function count({ key, policy }: Limit): Promise<number> {
    const now = clock.now();
    let formerlyMs = 0;
    const next = (former: Attempts | undefined): Attempts => {
      formerlyMs = policy.blockedForMs(former, now);
      return former !== undefined && formerlyMs > 0 ? former : policy.next(former, now);
    };
    await attempts.fail(key, now, next);
    return formerlyMs;
  }

  return {
    blockedForMs: (limits, signal) =>
      longest(limits, async ({ key, policy }) => policy.blockedForMs(await attempts.find(key, signal), clock.now())),
    count: (limits) => longest(limits, count),
    async forgive({ key }, signal) {
      if ((await attempts.find(key, signal)) !== undefined) await attempts.clear(key, signal);
    },
  };
}

async function longest(limits: readonly Limit[], of: (limit: Limit) => Promise<number>): Promise<number> {
  let longestMs = 0;
  for (const limit of limits) longestMs = Math.max(longestMs, await of(limit));
  return longestMs;
}
