/**
 * A bulkhead: so many pieces of work run at once, so many wait in order of arrival, the rest are turned away at once.
 * A burst then costs time, never memory, and whoever is turned away learns when to come back.
 */
import { frameworkError } from "../error/index.ts";

export interface BulkheadOptions {
  /** Pieces of work that run at once. */
  readonly concurrency: number;
  /** Pieces of work that wait while `concurrency` others run. */
  readonly queueLimit: number;
  /** How long one takes, in milliseconds, until the first was measured. Default 50. */
  readonly expectedMs?: number;
  /** A clock that never goes back, in milliseconds. Default `performance.now`. */
  readonly now?: () => number;
}

export interface Bulkhead {
  /** How many run now. */
  readonly running: number;
  /** How many wait now. */
  readonly pending: number;
  /**
   * Runs the work when its turn comes. Work that has begun is not interrupted.
   *
   * @throws OVERLOADED where too many wait; `retryAfterMs` is when the queue of now is done, by the measured pace.
   * @throws the signal's reason where it is aborted before the turn comes; the place in the queue is given up.
   */
  run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

/** The share of the newest measurement in the running mean: about the last ten count. */
const newestShare = 0.2;

/** @throws RangeError for a concurrency below 1 or a negative queue limit. */
export function createBulkhead(options: BulkheadOptions): Bulkhead {
  const { concurrency, queueLimit, now = () => performance.now() } = options;
  if (!Number.isInteger(concurrency) || concurrency < 1) throw new RangeError(`concurrency is ${concurrency}; it must be at least 1`);
  if (!Number.isInteger(queueLimit) || queueLimit < 0) throw new RangeError(`queueLimit is ${queueLimit}; it must not be negative`);

  // A set keeps the order of arrival, and lets an aborted waiter leave from the middle.
  const waiting = new Set<() => void>();
  let running = 0;
  let meanMs = options.expectedMs ?? 50;

  const start = async <T>(work: () => Promise<T>): Promise<T> => {
    running += 1;
    const startedAt = now();
    try {
      return await work();
    } finally {
      running -= 1;
      meanMs += newestShare * (now() - startedAt - meanMs);
      startNext();
    }
  };

  const startNext = () => {
    for (const begin of waiting) {
      waiting.delete(begin);
      begin();
      return;
    }
  };

  const wait = <T>(work: () => Promise<T>, signal: AbortSignal | undefined) =>
    new Promise<T>((resolve, reject) => {
      const begin = () => {
        signal?.removeEventListener("abort", leave);
        resolve(start(work));
      };
      const leave = () => {
        waiting.delete(begin);
        reject(signal?.reason);
      };
      waiting.add(begin);
      signal?.addEventListener("abort", leave, { once: true });
    });

  const overloaded = () =>
    frameworkError("OVERLOADED", "too much of this work is waiting already; try again later", {
      retryAfterMs: Math.max(1, Math.ceil((meanMs * (running + waiting.size)) / concurrency)),
    });

  return {
    get running() {
      return running;
    },
    get pending() {
      return waiting.size;
    },
    run(work, signal) {
      if (signal?.aborted) return Promise.reject(signal.reason);
      if (running < concurrency) return start(work);
      if (waiting.size >= queueLimit) return Promise.reject(overloaded());
      return wait(work, signal);
    },
  };
}
