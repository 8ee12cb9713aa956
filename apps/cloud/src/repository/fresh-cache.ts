import { LRUCache } from "lru-cache";
import type { Clock } from "../service/ports.ts";
import type { Freshness } from "./freshness.ts";

export interface CacheOptions {
  /** Shared by the caches of the process. */
  readonly freshness: Freshness;
  readonly clock: Clock;
  /** How many entries are kept; the least recently used give way. */
  readonly maxEntries: number;
  /** How long an entry is kept at most, in milliseconds. */
  readonly ttlMs: number;
}

interface Entry<Value> {
  readonly value: Value;
  readonly version: number;
  readonly untilMs: number;
}

/** Keeps what was loaded until anything changes. */
export interface FreshCache<Value> {
  /** The entry, in a wrapping that tells "known to be undefined" from "not known". */
  find(key: string): { readonly value: Value } | undefined;
  load(key: string, load: () => Promise<Value>): Promise<Value>;
}

export function createFreshCache<Value>({ freshness, clock, maxEntries, ttlMs }: CacheOptions): FreshCache<Value> {
  const entries = new LRUCache<string, Entry<Value>>({ max: maxEntries });
  return {
    find(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      return entry.version === freshness.version() && clock.now().getTime() < entry.untilMs ? entry : undefined;
    },
    async load(key, load) {
      // Taken before loading: what is written meanwhile makes the entry stale, whether the load saw it or not.
      const version = freshness.version();
      const value = await load();
      entries.set(key, { value, version, untilMs: clock.now().getTime() + ttlMs });
      return value;
    },
  };
}
