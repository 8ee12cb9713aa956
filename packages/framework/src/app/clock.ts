/** Time, handed to whatever decides by it or waits for it, so that tests turn it by hand. */

/** Tells the time. */
export interface Clock {
  now(): Date;
}

/** Tells the time, measures it, and waits. */
export interface TimerClock extends Clock {
  /** Milliseconds that only ever rise, whatever is done to the time of day: for durations. */
  monotonicMs(): number;
  /** Runs the function once, `delayMs` from now at the earliest. */
  after(delayMs: number, run: () => void): Timer;
}

export interface Timer {
  /** The function is not run any more. Nothing happens where it has been. */
  cancel(): void;
}

/** The time of the machine. */
export const systemClock: TimerClock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

/** A clock that stands still. @throws RangeError where `at` is no date. */
export function fixedClock(at: string | Date): Clock {
  const ms = timeOf(at);
  return { now: () => new Date(ms) };
}

/** A clock that stands still until it is turned: for tests of what waits. */
export interface ManualClock extends TimerClock {
  /** Turns the clock, running each timer that comes due at its own time, and what waits for it before the next. */
  advance(byMs: number): Promise<void>;
  /** How many timers are waiting. */
  readonly waiting: number;
}

/** @throws RangeError where `start` is no date. */
export function manualClock(start: string | Date = "2026-01-01T00:00:00Z"): ManualClock {
  const startMs = timeOf(start);
  let elapsedMs = 0;
  const timers = new Set<{ readonly dueMs: number; readonly run: () => void }>();
  const earliest = (untilMs: number) =>
    [...timers]
      .filter(({ dueMs }) => dueMs <= untilMs)
      .reduce<{ dueMs: number; run: () => void } | undefined>(
        (first, timer) => (first === undefined || timer.dueMs < first.dueMs ? timer : first),
        undefined,
      );
  return {
    now: () => new Date(startMs + elapsedMs),
    monotonicMs: () => elapsedMs,
    after(delayMs, run) {
      const timer = { dueMs: elapsedMs + Math.max(0, delayMs), run };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    async advance(byMs) {
      const untilMs = elapsedMs + byMs;
      await turn();
      for (let timer = earliest(untilMs); timer !== undefined; timer = earliest(untilMs)) {
        timers.delete(timer);
        elapsedMs = timer.dueMs;
        timer.run();
        await turn();
      }
      elapsedMs = untilMs;
    },
    get waiting() {
      return timers.size;
    },
  };
}

/** Lets every promise that can go on do so. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function timeOf(at: string | Date): number {
  const ms = new Date(at).getTime();
  if (Number.isNaN(ms)) throw new RangeError(`${String(at)} is no date`);
  return ms;
}

/** Resolves after the time, or at once when the signal aborts. */
export function sleep(clock: TimerClock, delayMs: number, signal?: AbortSignal): Promise<void> {
  if (delayMs <= 0 || signal?.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = clock.after(delayMs, () => end());
  const end = (): void => {
    timer.cancel();
    signal?.removeEventListener("abort", end);
    resolve();
  };
  signal?.addEventListener("abort", end, { once: true });
  return promise;
}

/** What became of work that was given a time: whether it ended within it. A failure of the work is thrown. */
export async function within(clock: TimerClock, timeoutMs: number, work: Promise<unknown>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<false>();
  const timer = clock.after(timeoutMs, () => resolve(false));
  try {
    return await Promise.race([work.then(() => true), promise]);
  } finally {
    timer.cancel();
  }
}
