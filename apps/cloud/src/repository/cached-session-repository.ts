import type { Session } from "../domain/session.ts";
import type { SessionId } from "../domain/user.ts";
import type { SessionRepository } from "../service/ports.ts";
import type { CacheOptions } from "./fresh-cache.ts";
import { createFreshCache } from "./fresh-cache.ts";
import { moving } from "./freshness.ts";

/** What was found when it was asked at a moment. */
interface Finding {
  readonly session: Session | undefined;
  readonly askedAtMs: number;
}

export interface CachedSessions extends SessionRepository {
  /**
   * As `findLive`, for the check of every call: what is remembered is the answer itself, without a promise, and the call's
   * signal is read only where the session must be loaded.
   */
  seekLive(id: SessionId, now: Date, call: { readonly signal: AbortSignal }): Session | undefined | Promise<Session | undefined>;
}

/** Remembers which sessions live, and which do not. Everything else goes through. */
export function cachedSessions(sessions: SessionRepository, options: CacheOptions): CachedSessions {
  const cache = createFreshCache<Finding>(options);
  const { freshness } = options;

  const remembered = (id: SessionId, now: Date): Finding | undefined => {
    const finding = cache.find(id)?.value;
    return finding !== undefined && answers(finding, now) ? finding : undefined;
  };
  const load = async (id: SessionId, now: Date, signal: AbortSignal | undefined): Promise<Session | undefined> => {
    const find = async (): Promise<Finding> => ({ session: await sessions.findLive(id, now, signal), askedAtMs: now.getTime() });
    return (await cache.load(id, find)).session;
  };

  return {
    ...sessions,
    async findLive(id, now, signal) {
      signal?.throwIfAborted();
      const known = remembered(id, now);
      return known === undefined ? load(id, now, signal) : stillLive(known.session, now);
    },
    seekLive(id, now, call) {
      const known = remembered(id, now);
      return known === undefined ? load(id, now, call.signal) : stillLive(known.session, now);
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
