/** Time as a connection needs it: handed in, so that tests turn it by hand. */

/** Measures time and waits. */
export interface Clock {
  /** Milliseconds that only ever rise. */
  monotonicMs(): number;
  /** Runs the function once, `delayMs` from now at the earliest. */
  after(delayMs: number, run: () => void): Timer;
}

export interface Timer {
  /** The function is not run any more. Nothing happens where it has been. */
  cancel(): void;
}

/** The time of the machine. Its timers do not keep the process alive: sockets do. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
