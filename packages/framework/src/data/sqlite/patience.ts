import { setTimeout as sleep } from "node:timers/promises";
import { isBusy } from "./faults.ts";

/**
 * Runs what may find the database locked by another process, again and again until `timeoutMs` has passed.
 *
 * SQLite's own waiting would hold up the whole event loop, so it is kept to a few milliseconds (enough for a usual
 * commit of another process) and the rest of the waiting is done here.
 */
export async function patiently<T>(run: () => T, timeoutMs: number): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return run();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error;
    }
    // At random, so that processes that wait for the same commit do not come back together.
    await sleep(2 + Math.random() * 8);
  }
}
