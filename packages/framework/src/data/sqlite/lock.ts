/** A lock that one holder has at a time; those who wait get it in the order in which they came. */
export interface Lock {
  /** Takes the lock where it is free. */
  tryAcquire(): boolean;
  /** Waits for the lock; false where `timeoutMs` passed before. */
  acquire(timeoutMs: number): Promise<boolean>;
  /** Hands the lock to the next who waits. */
  release(): void;
}

export function createLock(): Lock {
  let held = false;
  const waiting = new Set<() => void>();

  const tryAcquire = (): boolean => {
    if (held) return false;
    held = true;
    return true;
  };

  return {
    tryAcquire,
    acquire(timeoutMs) {
      if (tryAcquire()) return Promise.resolve(true);
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          waiting.delete(take);
          resolve(false);
        }, timeoutMs);
        const take = (): void => {
          clearTimeout(timer);
          resolve(true);
        };
        waiting.add(take);
      });
    },
    release() {
      const [next] = waiting;
      if (next === undefined) {
        held = false;
        return;
      }
      waiting.delete(next);
      next();
    },
  };
}
