import type { User } from "../domain/user.ts";
import type { UserRepository } from "../service/ports.ts";
import type { CacheOptions } from "./fresh-cache.ts";
import { createFreshCache } from "./fresh-cache.ts";
import { moving } from "./freshness.ts";

/** Remembers users by their id, and which ids are nobody's. Everything else goes through. */
export function cached(users: UserRepository, options: CacheOptions): UserRepository {
  const cache = createFreshCache<User | undefined>(options);
  return {
    ...users,
    async find(id, signal) {
      signal?.throwIfAborted();
      const known = cache.find(id);
      return known === undefined ? cache.load(id, () => users.find(id, signal)) : known.value;
    },
    save: (write, signal) => moving(options.freshness, () => users.save(write, signal)),
  };
}
