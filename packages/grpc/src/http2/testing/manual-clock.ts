/** A clock that stands still until it is turned. */
import type { Clock, Timer } from "../clock.ts";

export class ManualClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<{ readonly dueMs: number; readonly run: () => void }>();

  /** How many timers are waiting. */
  get waiting(): number {
    return this.#timers.size;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): Timer {
    const timer = { dueMs: this.#nowMs + delayMs, run };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** Turns the clock, running each timer at its time. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      this.#timers.delete(next);
      this.#nowMs = next.dueMs;
      next.run();
    }
    this.#nowMs = untilMs;
  }

  #next(untilMs: number): { readonly dueMs: number; readonly run: () => void } | undefined {
    let first: { readonly dueMs: number; readonly run: () => void } | undefined;
    for (const timer of this.#timers) if (timer.dueMs <= untilMs && (first === undefined || timer.dueMs < first.dueMs)) first = timer;
    return first;
  }
}
