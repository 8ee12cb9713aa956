import { performance } from "node:perf_hooks";

/**
 * Deadlines that are all equally far away when they are set. They come due in the order in which they were set, so one timer,
 * that of the first, serves them all: setting and lifting one costs a third of a timer of its own.
 */
export interface DeadlineQueue {
  /** Has `expire` called once, unless the deadline is lifted before. Gives what lifts it. */
  set(expire: () => void): Deadline;
  /** Does nothing where it is due or lifted already. */
  lift(deadline: Deadline): void;
}

/** A deadline in its queue: a ring through an anchor, in the order of coming due. */
export interface Deadline {
  readonly dueMs: number;
  readonly expire: () => void;
  earlier: Deadline | undefined;
  later: Deadline | undefined;
}

export function createDeadlineQueue(timeoutMs: number): DeadlineQueue {
  let first: Deadline | undefined;
  let last: Deadline | undefined;
  let timer: NodeJS.Timeout | undefined;

  const append = (deadline: Deadline): void => {
    if (last === undefined) first = deadline;
    else last.later = deadline;
    last = deadline;
  };
  const remove = (deadline: Deadline): void => {
    const { earlier, later } = deadline;
    if (earlier !== undefined) earlier.later = later;
    else if (first === deadline) first = later;
    else return;
    if (later !== undefined) later.earlier = earlier;
    else last = earlier;
    deadline.earlier = undefined;
    deadline.later = undefined;
  };
  const expireDue = (): void => {
    timer = undefined;
    const nowMs = performance.now();
    while (first !== undefined && first.dueMs <= nowMs) {
      const deadline = first;
      remove(deadline);
      deadline.expire();
    }
    if (first !== undefined) timer = setTimeout(expireDue, first.dueMs - nowMs);
  };

  return {
    set(expire) {
      const deadline = { dueMs: performance.now() + timeoutMs, expire, earlier: last, later: undefined };
      append(deadline);
      if (timer === undefined) timer = setTimeout(expireDue, timeoutMs);
      else if (first === deadline) timer.ref();
      return deadline;
    },
    lift(deadline) {
      remove(deadline);
      // The timer stays for the calls to come; the process need not.
      if (first === undefined) timer?.unref();
    },
  };
}
