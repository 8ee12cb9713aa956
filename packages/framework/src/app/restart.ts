/** When a worker that died may be started again: a pure decision over the deaths so far. */

export interface RestartPolicy {
  /** The delay before the first restart, in milliseconds; it doubles with each death in the window. */
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** How many deaths of all workers together the window may hold; one more, and restarting is given up. */
  readonly maxRestarts: number;
  readonly windowMs: number;
}

export const defaultRestartPolicy: RestartPolicy = { firstDelayMs: 200, maxDelayMs: 10_000, maxRestarts: 10, windowMs: 120_000 };

export type RestartDecision =
  | { readonly kind: "restart"; readonly delayMs: number; readonly deathsMs: readonly number[] }
  | { readonly kind: "give up"; readonly deathsMs: readonly number[] };

/** Decides after a death at `nowMs`. `deathsMs` are the times of those before; the decision holds those that still count. */
export function decideRestart(policy: RestartPolicy, deathsMs: readonly number[], nowMs: number): RestartDecision {
  const counted = [...deathsMs.filter((at) => nowMs - at < policy.windowMs), nowMs];
  if (counted.length > policy.maxRestarts) return { kind: "give up", deathsMs: counted };
  return { kind: "restart", delayMs: Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** (counted.length - 1)), deathsMs: counted };
}
