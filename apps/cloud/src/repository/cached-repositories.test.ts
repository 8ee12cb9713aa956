import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { SessionId, User, UserId } from "../domain/user.ts";
import type { SessionRepository, UserRepository } from "../service/ports.ts";
import { cachedSessions } from "./cached-session-repository.ts";
import { cached } from "./cached-user-repository.ts";
import type { CacheOptions } from "./fresh-cache.ts";
import { createFreshness } from "./freshness.ts";
import { sqlInMemory } from "./testing/sql-subject.ts";
import { aToken, at, aUser, change, creation, newUuid, noTrail, start, successor } from "./testing/subject.ts";

/** Users of which each load is counted and can be held up, over one value that anyone may change. */
function stubUsers() {
  const stored = new Map<UserId, User>();
  let loads = 0;
  let held: Promise<void> = Promise.resolve();
  const unused = (): never => assert.fail("not a part of this test");
  const users: UserRepository = {
    async find(id) {
      loads++;
      const user = stored.get(id);
      await held;
      return user;
    },
    async save({ after }) {
      stored.set(after.id, after);
    },
    findByUsername: unused,
    findByEmail: unused,
    findAccount: unused,
    list: unused,
  };
  return {
    users,
    stored,
    loads: () => loads,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
  };
}

function options(values: Partial<CacheOptions> = {}): CacheOptions {
  return { freshness: createFreshness(), clock: { now: () => at(0) }, maxEntries: 100, ttlMs: 1000, ...values };
}

describe("cached users", () => {
  test("are loaded once, the missing too", async () => {
    const stub = stubUsers();
    const users = cached(stub.users, options());
    const user = aUser();
    stub.stored.set(user.id, user);
    const missing = newUuid() as UserId;
    for (let round = 0; round < 3; round++) {
      assert.deepEqual(await users.find(user.id), user);
      assert.equal(await users.find(missing), undefined);
    }
    assert.equal(stub.loads(), 2);
  });

  test("are loaded again after a write of this process, of whatever kind", async () => {
    const stub = stubUsers();
    const freshness = createFreshness();
    const users = cached(stub.users, options({ freshness }));
    const user = aUser();
    assert.equal(await users.find(user.id), undefined);
    await users.save(creation(user));
    assert.deepEqual(await users.find(user.id), user);
    const write = change(user, { firstName: "Ann" });
    await users.save(write);
    assert.deepEqual(await users.find(user.id), write.after);
    stub.stored.set(user.id, user);
    freshness.moved();
    assert.deepEqual(await users.find(user.id), user);
  });

  test("are loaded again after a write that failed: it may have been committed before its answer was lost", async () => {
    const stub = stubUsers();
    const user = aUser();
    const losing: UserRepository = {
      ...stub.users,
      async save(write) {
        await stub.users.save(write);
        throw new Error("connection lost");
      },
    };
    const users = cached(losing, options());
    assert.equal(await users.find(user.id), undefined);
    await assert.rejects(users.save(creation(user)), /connection lost/);
    assert.deepEqual(await users.find(user.id), user);
  });

  test("are loaded again as soon as the database has moved", async () => {
    const stub = stubUsers();
    let changes = 1;
    const users = cached(stub.users, options({ freshness: createFreshness(() => changes) }));
    const user = aUser();
    assert.equal(await users.find(user.id), undefined);
    stub.stored.set(user.id, user);
    assert.equal(await users.find(user.id), undefined, "nothing tells of the change yet");
    changes++;
    assert.deepEqual(await users.find(user.id), user);
  });

  test("are not kept where a write came in between reading and keeping", async () => {
    const stub = stubUsers();
    const users = cached(stub.users, options());
    const user = aUser();
    const letGo = stub.hold();
    const reading = users.find(user.id);
    await users.save(creation(user));
    letGo();
    assert.equal(await reading, undefined, "what was read before the write");
    assert.deepEqual(await users.find(user.id), user);
  });

  test("are not kept where loading failed", async () => {
    const stub = stubUsers();
    const user = aUser();
    stub.stored.set(user.id, user);
    let failing = true;
    const users = cached(
      {
        ...stub.users,
        find: async (id) => (failing ? assert.fail("down") : stub.users.find(id)),
      },
      options(),
    );
    await assert.rejects(users.find(user.id), /down/);
    failing = false;
    assert.deepEqual(await users.find(user.id), user);
  });

  test("are kept for their time and no longer", async () => {
    const stub = stubUsers();
    let now = at(0);
    const users = cached(stub.users, options({ clock: { now: () => now } }));
    const id = newUuid() as UserId;
    await users.find(id);
    now = at(999);
    await users.find(id);
    assert.equal(stub.loads(), 1);
    now = at(1000);
    await users.find(id);
    assert.equal(stub.loads(), 2);
  });

  test("are kept in bounded numbers, those asked for last", async () => {
    const stub = stubUsers();
    const users = cached(stub.users, options({ maxEntries: 2 }));
    const [a, b, c] = [newUuid(), newUuid(), newUuid()] as [UserId, UserId, UserId];
    for (const id of [a, b, a, c]) await users.find(id);
    assert.equal(stub.loads(), 3);
    await users.find(a);
    assert.equal(stub.loads(), 3);
    await users.find(b);
    assert.equal(stub.loads(), 4);
  });

  test("show the last login of a session that was started beside them", async (t) => {
    const subject = await sqlInMemory();
    t.after(subject.close);
    // Without the database's counter: the two caches tell each other.
    const shared = options();
    const users = cached(subject.users, shared);
    const sessions = cachedSessions(subject.sessions, shared);
    const user = aUser();
    await users.save(creation(user));
    await users.find(user.id);
    const token = aToken(user, { createdAt: at(5) });
    await sessions.start(start(token));
    assert.deepEqual((await users.find(user.id))?.lastLoginAt, at(5));
    assert.ok(await sessions.findLive(token.familyId, at(6)));
    await users.save(change(user, {}, { endSessions: { which: "all" } }));
    assert.equal(await sessions.findLive(token.familyId, at(6)), undefined);
  });

  test("are what the repository would say, whatever is read and written, by them or behind their back", async () => {
    const subject = await sqlInMemory();
    const users = cached(subject.users, options({ freshness: createFreshness(subject.db.changes) }));
    const user = aUser();
    await subject.users.save(creation(user));
    const step = fc.constantFrom("find", "save", "save behind", "find at once with save");
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        for (const what of steps) {
          const stored = await subject.users.find(user.id);
          assert.ok(stored);
          const write = change(stored, { firstName: what });
          if (what === "save") await users.save(write);
          if (what === "save behind") await subject.users.save(write);
          if (what === "find at once with save") await Promise.all([users.find(user.id), users.save(write), users.find(user.id)]);
          assert.deepEqual(await users.find(user.id), await subject.users.find(user.id));
        }
      }),
      { seed: 20260101, numRuns: 40 },
    );
    await subject.close();
  });
});

describe("cached sessions", () => {
  /** Counts what goes through to a real repository. */
  const given = async () => {
    const subject = await sqlInMemory();
    let loads = 0;
    const counted: SessionRepository = {
      ...subject.sessions,
      findLive(...args) {
        loads++;
        return subject.sessions.findLive(...args);
      },
    };
    const user = aUser();
    await subject.users.save(creation(user));
    const token = aToken(user, { expiresAt: at(1000) });
    await subject.sessions.start(start(token));
    return { subject, token, sessions: cachedSessions(counted, options()), loads: () => loads };
  };

  test("end by time though they are kept, and were alive for who asks for an earlier moment", async () => {
    const { subject, token, sessions, loads } = await given();
    assert.ok(await sessions.findLive(token.familyId, at(0)));
    assert.ok(await sessions.findLive(token.familyId, at(999)));
    assert.equal(await sessions.findLive(token.familyId, at(1000)), undefined);
    assert.ok(await sessions.findLive(token.familyId, at(500)));
    assert.equal(loads(), 1);
    await subject.close();
  });

  test("that do not live are remembered from the moment that was asked for", async () => {
    const { subject, token, sessions, loads } = await given();
    assert.equal(await sessions.findLive(token.familyId, at(2000)), undefined);
    assert.equal(await sessions.findLive(token.familyId, at(3000)), undefined);
    assert.equal(loads(), 1);
    assert.ok(await sessions.findLive(token.familyId, at(500)), "an earlier moment is asked for anew");
    const unknown = newUuid() as SessionId;
    for (let round = 0; round < 2; round++) assert.equal(await sessions.findLive(unknown, at(0)), undefined);
    assert.equal(loads(), 3);
    await subject.close();
  });

  test("are loaded again after they were rotated or ended", async () => {
    const { subject, token, sessions } = await given();
    await sessions.findLive(token.familyId, at(0));
    const next = successor(token, { expiresAt: at(9000) });
    await sessions.rotate({ spend: token.id, token: next, trail: noTrail });
    assert.deepEqual((await sessions.findLive(token.familyId, at(0)))?.expiresAt, at(9000));
    await sessions.end([token.familyId], at(1), noTrail);
    assert.equal(await sessions.findLive(token.familyId, at(1)), undefined);
    await subject.close();
  });
});
