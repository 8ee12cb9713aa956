/**
 * The maths of throttling: after some free attempts, such as wrong passwords, each further one doubles the time until the next is
 * heard. Pure; who stores the counters, and under which keys (account, address), is the caller's business.
 */

/** What is known of one throttled key. */
export interface ThrottleAttempts {
  readonly failures: number;
  /** By a rule whose window begins with the first failure: when that was. */
  readonly lastFailureAt: Date;
  /** Until when attempts are refused unheard. */
  readonly blockedUntil: Date | undefined;
}

export interface ThrottleRule {
  /** Failures that cost nothing: people mistype. */
  readonly freeAttempts: number;
  /** The block after the first failure that is not free, in milliseconds. Each further one doubles it. */
  readonly baseDelayMs: number;
  /** The longest block, in milliseconds. */
  readonly maxDelayMs: number;
  /** After how long failures are forgotten, in milliseconds. */
  readonly windowMs: number;
  /**
   * With which failure the window begins. `last`, the default, is for guessing: it must have been quiet for the whole window,
   * after the last failure and its block. `first` is for what is no fault, only too much of it: the count begins anew each
   * window, so that a steady use within the limit is never slowed down.
   */
  readonly windowFrom?: "first" | "last";
}

const minuteMs = 60_000;

/**
 * For one account: 5 free failures, then 1 s doubling to 15 min, forgotten after a day. In the long run that is about
 * a hundred guesses a day, whether they come steadily or wait to be forgotten.
 */
export const accountThrottle: ThrottleRule = { freeAttempts: 5, baseDelayMs: 1000, maxDelayMs: 15 * minuteMs, windowMs: 1440 * minuteMs };

/** For one address, which many people may share: 20 free failures, forgotten sooner. Each account still has its own. */
export const addressThrottle: ThrottleRule = { freeAttempts: 20, baseDelayMs: 1000, maxDelayMs: 15 * minuteMs, windowMs: 15 * minuteMs };

/** The state after one more failure at `now`. A block never becomes shorter by it, even when the clock was set back. */
export function nextAttempts(former: ThrottleAttempts | undefined, now: Date, rule: ThrottleRule): ThrottleAttempts {
  const remembered = former === undefined || isForgotten(former, now, rule) ? undefined : former;
  const failures = (remembered?.failures ?? 0) + 1;
  const blockMs = blockAfter(failures, rule);
  const until = Math.max(blockMs === 0 ? 0 : now.getTime() + blockMs, remembered?.blockedUntil?.getTime() ?? 0);
  const lastFailureAt = rule.windowFrom === "first" ? (remembered?.lastFailureAt ?? now) : now;
  return { failures, lastFailureAt, blockedUntil: until === 0 ? undefined : new Date(until) };
}

/** How long attempts are still refused at `now`, in milliseconds; 0 where they are heard. */
export function blockedForMs(attempts: ThrottleAttempts | undefined, now: Date): number {
  return Math.max(0, (attempts?.blockedUntil?.getTime() ?? 0) - now.getTime());
}

function blockAfter(failures: number, { freeAttempts, baseDelayMs, maxDelayMs }: ThrottleRule): number {
  if (failures <= freeAttempts) return 0;
  return Math.min(maxDelayMs, baseDelayMs * 2 ** (failures - freeAttempts - 1));
}

/** A quiet window begins after the block: nobody can wait out both at once. */
function isForgotten({ lastFailureAt, blockedUntil }: ThrottleAttempts, now: Date, { windowMs, windowFrom }: ThrottleRule): boolean {
  const block = windowFrom === "first" ? 0 : (blockedUntil?.getTime() ?? 0);
  return now.getTime() - Math.max(lastFailureAt.getTime(), block) > windowMs;
}
