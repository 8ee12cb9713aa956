import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMigrator, openDatabase } from "@arcana/framework/data";
import { migrations } from "../apps/cloud/migrations/index.ts";
import type { RefreshToken } from "../apps/cloud/src/domain/session.ts";
import type { Email, PasswordHash, SessionId, User, UserId, Username } from "../apps/cloud/src/domain/user.ts";
import { cachedSessions } from "../apps/cloud/src/repository/cached-session-repository.ts";
import { cached } from "../apps/cloud/src/repository/cached-user-repository.ts";
import { createFreshness } from "../apps/cloud/src/repository/freshness.ts";
import type { CloudDatabase, Schema } from "../apps/cloud/src/repository/schema.ts";
import { sqlSessionRepository } from "../apps/cloud/src/repository/sql-session-repository.ts";
import { sqlUserRepository } from "../apps/cloud/src/repository/sql-user-repository.ts";
import type { Trail } from "../apps/cloud/src/service/ports.ts";
import type { Figure } from "./report.ts";
import { median } from "./report.ts";

const population = 1000;
const noTrail: Trail = { events: [], audit: [] };

/** The reads of every authenticated call, with and without the caches, the counter that keeps the caches exact, and the writes. */
export async function repository(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "arcana-bench-"));
  const db = await openDatabase<Schema>(`sqlite://${join(folder, "arcana.db")}`);
  try {
    await createMigrator({ db, migrations }).up();
    return await measure(db);
  } finally {
    await db.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(db: CloudDatabase): Promise<readonly Figure[]> {
  const [users, sessions] = [sqlUserRepository(db), sqlSessionRepository(db)];
  const people = Array.from({ length: population }, (_, index) => person(index));
  const tokens = people.map((user, index) => token(user, index));
  const create = (index: number) =>
    users.save({
      before: undefined,
      after: at(people, index),
      passwordHash: "$argon2id$" as PasswordHash,
      endSessions: { which: "none" },
      trail: noTrail,
    });
  const creating = await once(create);
  const starting = await once((index) => sessions.start({ token: at(tokens, index), lastLoginAt: now, maxSessions: 100, trail: noTrail }));
  const options = { freshness: createFreshness(db.changes), clock: { now: () => now }, maxEntries: 10_000, ttlMs: 300_000 };
  const [knownUsers, knownSessions] = [cached(users, options), cachedSessions(sessions, options)];
  const both = async (index: number): Promise<void> => {
    await sessions.findLive(at(tokens, index).familyId, now);
    await users.find(at(people, index).id);
  };
  return [
    { what: "find a user by id", value: await often((index) => users.find(at(people, index).id)), unit: "µs" },
    { what: "find a living session", value: await often((index) => sessions.findLive(at(tokens, index).familyId, now)), unit: "µs" },
    { what: "both, as every authenticated call does", value: await often(both), unit: "µs", goal: { atMost: 15 } },
    { what: "find a user by id, cached", value: await often((index) => knownUsers.find(at(people, index).id)), unit: "µs" },
    {
      what: "find a living session, cached",
      value: await often((index) => knownSessions.findLive(at(tokens, index).familyId, now)),
      unit: "µs",
    },
    { what: "whether anything has changed", value: await often(async () => db.changes()), unit: "µs", goal: { atMost: 2 } },
    { what: "create a user, a transaction", value: creating, unit: "µs" },
    { what: "start a session, a transaction", value: starting, unit: "µs" },
  ];
}

const now = new Date(Date.UTC(2026, 0, 1));
const uuid = (kind: number, index: number): string => `01941f29-7c00-7000-800${kind}-${String(index).padStart(12, "0")}`;

function at<T>(items: readonly T[], index: number): T {
  const item = items[index % items.length];
  if (item === undefined) throw new RangeError("no items");
  return item;
}

function person(index: number): User {
  return {
    id: uuid(0, index) as UserId,
    username: `user-${index}` as Username,
    email: `user-${index}@example.org` as Email,
    firstName: "Ann",
    lastName: "Lee",
    role: "user",
    status: "active",
    emailVerified: true,
    avatarUrl: undefined,
    lastLoginAt: undefined,
    createdAt: now,
    updatedAt: now,
  };
}

function token({ id: userId }: User, index: number): RefreshToken {
  return {
    id: uuid(1, index),
    userId,
    tokenHash: String(index).padStart(64, "0"),
    familyId: uuid(2, index) as SessionId,
    deviceId: undefined,
    userAgent: "bench",
    ipAddress: "192.0.2.1",
    expiresAt: new Date(now.getTime() + 1),
    revokedAt: undefined,
    createdAt: now,
    lastUsedAt: now,
  };
}

/** Microseconds a call, the median of some rounds after one to warm up. */
async function often(call: (index: number) => Promise<unknown>): Promise<number> {
  const times = 20_000;
  const rounds: number[] = [];
  for (let round = 0; round < 6; round++) {
    const start = performance.now();
    for (let index = 0; index < times; index++) await call(index);
    rounds.push(((performance.now() - start) / times) * 1000);
  }
  return median(rounds.slice(1));
}

/** Microseconds a call of what can be done only once with each. */
async function once(call: (index: number) => Promise<unknown>): Promise<number> {
  await call(0);
  const start = performance.now();
  for (let index = 1; index < population; index++) await call(index);
  return ((performance.now() - start) / (population - 1)) * 1000;
}
