/**
 * Budgets for what a peer may do that costs us and nothing else: RFC 9113 §10.5. Each has a burst, is filled up with time,
 * and some earn by honest work: who gets answers may ask for more room for them and measure their way; who lets calls finish may end some early.
 */
import { ConnectionError, ErrorCode } from "./error-code.ts";

/** A budget's size and what it regains a second. */
export interface FloodLimit {
  readonly burst: number;
  readonly perSecond: number;
}

export interface FloodLimits {
  readonly ping: FloodLimit;
  readonly settings: FloodLimit;
  /** DATA without content that ends nothing. */
  readonly emptyData: FloodLimit;
  readonly priority: FloodLimit;
  readonly windowUpdate: FloodLimit;
  /** Streams that the peer resets (CVE-2023-44487), or makes us reset (CVE-2025-8671). */
  readonly reset: FloodLimit;
}

export const defaultFloodLimits: FloodLimits = {
  ping: { burst: 200, perSecond: 20 },
  settings: { burst: 50, perSecond: 2 },
  emptyData: { burst: 200, perSecond: 20 },
  priority: { burst: 1000, perSecond: 100 },
  windowUpdate: { burst: 2000, perSecond: 200 },
  reset: { burst: 500, perSecond: 100 },
};

const MOST_EARNED = 10_000;

class Budget {
  readonly #name: string;
  readonly #limit: FloodLimit;
  #left: number;

  constructor(name: string, limit: FloodLimit) {
    this.#name = name;
    this.#limit = limit;
    this.#left = limit.burst;
  }

  /** @throws ConnectionError ENHANCE_YOUR_CALM */
  spend(): void {
    if (--this.#left < 0) throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, `too many ${this.#name}`);
  }

  /** Beyond the burst: what is earned in one go is spent in one go. */
  earn(count: number): void {
    this.#left = Math.min(this.#limit.burst + MOST_EARNED, this.#left + count);
  }

  refill(elapsedMs: number): void {
    const missing = this.#limit.burst - this.#left;
    if (missing > 0) this.#left += Math.min(missing, (elapsedMs / 1000) * this.#limit.perSecond);
  }
}

export class FloodGuard {
  readonly ping: Budget;
  readonly settings: Budget;
  readonly emptyData: Budget;
  readonly priority: Budget;
  readonly windowUpdate: Budget;
  readonly reset: Budget;

  constructor(limits: FloodLimits) {
    this.ping = new Budget("PING frames", limits.ping);
    this.settings = new Budget("SETTINGS frames", limits.settings);
    this.emptyData = new Budget("empty DATA frames", limits.emptyData);
    this.priority = new Budget("PRIORITY frames", limits.priority);
    this.windowUpdate = new Budget("WINDOW_UPDATE frames", limits.windowUpdate);
    this.reset = new Budget("streams reset", limits.reset);
  }

  refill(elapsedMs: number): void {
    this.ping.refill(elapsedMs);
    this.settings.refill(elapsedMs);
    this.emptyData.refill(elapsedMs);
    this.priority.refill(elapsedMs);
    this.windowUpdate.refill(elapsedMs);
    this.reset.refill(elapsedMs);
  }
}
