/**
 * Deadlines that are all equally far away when they are set. They come due in the order in which they were set, so one timer,
 * that of the first, serves them all: setting and lifting one costs a third of a timer of its own.
 */
export interface DeadlineQueue {
  /** Has `expire` called once, unless the deadline is lifted before. Gives what lifts it. */
  set(expire: () => void): Deadline;
  lift(deadline: Deadline): void;
}

export interface Deadline {
  readonly dueMs: number;
  readonly expire: () => void;
}

export function createDeadlineQueue(timeoutMs: number): DeadlineQueue {
  /** In the order of coming due. */
  const waiting = new Set<Deadline>();
  let timer: NodeJS.Timeout | undefined;

  const arm = (delayMs: number): void => {
    timer = setTimeout(expireDue, delayMs);
  };
  const expireDue = (): void => {
    timer = undefined;
    const nowMs = performance.now();
    for (const deadline of waiting) {
      if (deadline.dueMs > nowMs) {
        arm(deadline.dueMs - nowMs);
        return;
      }
      waiting.delete(deadline);
      deadline.expire();
    }
  };

  return {
    set(expire) {
      const deadline = { dueMs: performance.now() + timeoutMs, expire };
      waiting.add(deadline);
      if (timer === undefined) arm(timeoutMs);
      else if (waiting.size === 1) timer.ref();
      return deadline;
    },
    lift(deadline) {
      waiting.delete(deadline);
      // The timer stays for the calls to come; the process need not.
      if (waiting.size === 0) timer?.unref();
    },
  };
}
