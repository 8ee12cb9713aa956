import type { Session } from "../domain/session.ts";
import type { SessionRepository } from "../service/ports.ts";
import type { CacheOptions } from "./fresh-cache.ts";
import { createFreshCache } from "./fresh-cache.ts";
import { moving } from "./freshness.ts";

/** What was found when it was asked at a moment. */
interface Finding {
  readonly session: Session | undefined;
  readonly askedAtMs: number;
}

/** Remembers which sessions live, and which do not. Everything else goes through. */
export function cachedSessions(sessions: SessionRepository, options: CacheOptions): SessionRepository {
  const cache = createFreshCache<Finding>(options);
  const { freshness } = options;
  return {
    ...sessions,
    async findLive(id, now, signal) {
      signal?.throwIfAborted();
      const known = cache.find(id)?.value;
      if (known !== undefined && answers(known, now)) return stillLive(known.session, now);
      const load = async (): Promise<Finding> => ({ session: await sessions.findLive(id, now, signal), askedAtMs: now.getTime() });
      return (await cache.load(id, load)).session;
    },
    start: (start, signal) => moving(freshness, () => sessions.start(start, signal)),
    rotate: (rotation, signal) => moving(freshness, () => sessions.rotate(rotation, signal)),
    end: (ids, at, trail, signal) => moving(freshness, () => sessions.end(ids, at, trail, signal)),
  };
}

/** A session that was over at one moment may have lived at an earlier one; one that lives did so until it is over. */
function answers({ session, askedAtMs }: Finding, now: Date): boolean {
  return session !== undefined || now.getTime() >= askedAtMs;
}

function stillLive(session: Session | undefined, now: Date): Session | undefined {
  return session !== undefined && now < session.expiresAt ? session : undefined;
}
