/**
 * Tells caches whether what they hold may be out of date. The caches of one process share one, because a write of one kind changes what
 * another holds: a login moves a user's `lastLoginAt`, deleting a user ends sessions.
 */
export interface Freshness {
  /** Another number whenever anything may have changed. What was loaded under this number is good as long as it stays. */
  version(): number;
  /** To be called when a write of this process is over, however it ended. */
  moved(): void;
}

/**
 * @param changes moves with every commit of any process: `database.changes`. Where there is no such thing the caches see the
 * writes of this process alone, and others' only when their time to live is over.
 */
export function createFreshness(changes: () => number = () => 0): Freshness {
  let writes = 0;
  /** What `changes` said within the code that runs just now: for all that it asks without waiting there is one moment. */
  let seen: number | undefined;
  const forget = (): void => {
    seen = undefined;
  };
  return {
    version() {
      if (seen === undefined) {
        seen = changes();
        queueMicrotask(forget);
      }
      // Neither falls, so the sum stays the same only where both do.
      return writes + seen;
    },
    moved() {
      writes++;
    },
  };
}

/** Runs a write of this process. */
export async function moving<T>(freshness: Freshness, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } finally {
    freshness.moved();
  }
}
