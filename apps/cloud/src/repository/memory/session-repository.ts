import { frameworkError } from "@arcana/framework/error";
import type { RefreshToken, Session } from "../../domain/session.ts";
import type { SessionId, UserId } from "../../domain/user.ts";
import type { SessionRepository, SessionStart } from "../../service/ports.ts";
import type { MemoryStore } from "./store.ts";
import { appendTrail, endFamily, familyOf, findAccount, isLiving, putToken } from "./store.ts";

export function memorySessionRepository(store: MemoryStore): SessionRepository {
  return {
    async findLive(id, now, signal) {
      signal?.throwIfAborted();
      return liveSession(store, id, now);
    },
    async list(userId, now, signal) {
      signal?.throwIfAborted();
      return liveSessions(store, userId, now);
    },
    async isKnownNetwork(whose, network, signal) {
      signal?.throwIfAborted();
      const account = findAccount(store, whose);
      const ofUser = [...store.tokens.values()].filter(({ userId }) => userId === account?.user.id);
      return ofUser.some(({ tokenHash }) => store.networks.get(tokenHash) === network);
    },
    async findToken(tokenHash, signal) {
      signal?.throwIfAborted();
      return store.tokens.get(tokenHash);
    },
    async start(start, signal) {
      signal?.throwIfAborted();
      recordLogin(store, start);
      endOldest(store, start);
      putToken(store, start.token);
      appendTrail(store, start.trail);
    },
    async rotate({ spend, token, trail }, signal) {
      signal?.throwIfAborted();
      const spent = familyOf(store, token.familyId).find(({ id }) => id === spend);
      if (spent === undefined || spent.revokedAt !== undefined) return false;
      const forgotten = { deviceId: undefined, userAgent: undefined, ipAddress: undefined };
      store.tokens.set(spent.tokenHash, { ...spent, ...forgotten, revokedAt: token.createdAt, lastUsedAt: token.createdAt });
      putToken(store, token);
      appendTrail(store, trail);
      return true;
    },
    async end(ids, at, trail, signal) {
      signal?.throwIfAborted();
      for (const id of ids) endFamily(store, id, at);
      appendTrail(store, trail);
    },
    async purge(before, signal) {
      signal?.throwIfAborted();
      const over = [...store.tokens.values()].filter((token) => endOf(token) < before);
      for (const token of over) removeToken(store, token);
      return over.length;
    },
  };
}

/** @throws CONFLICT where the user is not the one that was read, or is gone. */
function recordLogin({ accounts }: MemoryStore, { before, token, lastLoginAt, passwordHash }: SessionStart): void {
  const stored = accounts.get(token.userId);
  const known = before ?? stored?.user;
  if (!isLiving(stored) || known?.updatedAt.getTime() !== stored.user.updatedAt.getTime())
    throw frameworkError("CONFLICT", `the user ${token.userId} was changed meanwhile; read again and retry`);
  accounts.set(token.userId, { user: { ...stored.user, lastLoginAt }, passwordHash: passwordHash ?? stored.passwordHash });
}

function endOldest(store: MemoryStore, { token, maxSessions }: SessionStart): void {
  const oldest = liveSessions(store, token.userId, token.createdAt).slice(maxSessions - 1);
  for (const { id } of oldest) endFamily(store, id, token.createdAt);
}

function liveSessions(store: MemoryStore, userId: UserId, now: Date): readonly Session[] {
  return [...store.families.keys()]
    .map((id) => liveSession(store, id, now))
    .filter((session) => session?.userId === userId)
    .filter((session) => session !== undefined)
    .sort((one, other) => other.createdAt.getTime() - one.createdAt.getTime() || (one.id < other.id ? 1 : -1));
}

function liveSession(store: MemoryStore, id: SessionId, now: Date): Session | undefined {
  const family = familyOf(store, id);
  const youngest = family.find((token) => token.revokedAt === undefined && token.expiresAt > now);
  if (youngest === undefined || !isLiving(store.accounts.get(youngest.userId))) return undefined;
  const { userId, deviceId, userAgent, ipAddress, expiresAt, lastUsedAt } = youngest;
  const createdAt = store.families.get(id)?.startedAt ?? youngest.createdAt;
  return { id, userId, deviceId, userAgent, ipAddress, createdAt, lastUsedAt, expiresAt };
}

function endOf({ revokedAt, expiresAt }: RefreshToken): Date {
  return revokedAt !== undefined && revokedAt < expiresAt ? revokedAt : expiresAt;
}

function removeToken(store: MemoryStore, { tokenHash, familyId }: RefreshToken): void {
  store.tokens.delete(tokenHash);
  store.networks.delete(tokenHash);
  const family = store.families.get(familyId);
  family?.hashes.delete(tokenHash);
  if (family?.hashes.size === 0) store.families.delete(familyId);
}
