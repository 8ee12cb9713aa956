import type { AttemptRepository } from "../../service/ports.ts";
import type { MemoryStore } from "./store.ts";

export function memoryAttemptRepository({ attempts }: MemoryStore): AttemptRepository {
  return {
    async find(key, signal) {
      signal?.throwIfAborted();
      return attempts.get(key);
    },
    async fail(key, _at, next, signal) {
      signal?.throwIfAborted();
      const state = next(attempts.get(key));
      attempts.set(key, state);
      return state;
    },
    async clear(key, signal) {
      signal?.throwIfAborted();
      attempts.delete(key);
    },
    async purge(before, signal) {
      signal?.throwIfAborted();
      const over = [...attempts].filter(
        ([, { lastFailureAt, blockedUntil }]) => lastFailureAt < before && !(blockedUntil && blockedUntil >= before),
      );
      for (const [key] of over) attempts.delete(key);
      return over.length;
    },
  };
}
