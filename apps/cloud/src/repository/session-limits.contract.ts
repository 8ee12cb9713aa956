import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { describe, test } from "node:test";
import { networkOf } from "../domain/network.ts";
import type { UserId } from "../domain/user.ts";
import type { OpenSubject, Subject } from "./testing/subject.ts";
import { aToken, at, change, givenSession, givenUser, newUuid, noTrail, start, successor } from "./testing/subject.ts";

/** What every {@link SessionRepository} promises of how many sessions live, and of where accounts are known to be used from. */
export function describeSessionLimits(name: string, open: OpenSubject): void {
  const given = async (t: TestContext): Promise<Subject> => {
    const subject = await open();
    t.after(() => subject.close());
    return subject;
  };

  describe(`${name}: how many sessions live`, () => {
    test("where a user has as many as there may be, the oldest that live end, and nobody else's", async (t) => {
      const subject = await given(t);
      const [ann, bob] = [await givenUser(subject), await givenUser(subject)];
      const theirs = await givenSession(subject, bob, { createdAt: at(1) });
      const expired = await givenSession(subject, ann, { createdAt: at(1), expiresAt: at(50) });
      const started = await Promise.all([2, 4, 3].map((ms) => givenSession(subject, ann, { createdAt: at(ms) })));
      const refreshed = successor(started[0] ?? expired);
      assert.ok(await subject.sessions.rotate({ spend: started[0]?.id ?? "", token: refreshed, trail: noTrail }));
      const newest = aToken(ann, { createdAt: at(100) });
      await subject.sessions.start(start(newest, { maxSessions: 2 }));
      assert.deepEqual(
        (await subject.sessions.list(ann.id, at(100))).map(({ id }) => id),
        [newest.familyId, started[1]?.familyId],
      );
      assert.deepEqual((await subject.sessions.findToken(refreshed.tokenHash))?.revokedAt, at(100));
      assert.equal((await subject.sessions.findToken(expired.tokenHash))?.revokedAt, undefined);
      assert.equal((await subject.sessions.list(bob.id, at(100)))[0]?.id, theirs.familyId);
      const only = aToken(ann, { createdAt: at(1) });
      await subject.sessions.start(start(only, { maxSessions: 1 }));
      assert.deepEqual(
        (await subject.sessions.list(ann.id, at(100))).map(({ id }) => id),
        [only.familyId],
      );
    });

    test("of many that start at once as many live as there may be", async (t) => {
      const subject = await given(t);
      const user = await givenUser(subject);
      await Promise.all(Array.from({ length: 20 }, () => subject.sessions.start(start(aToken(user), { maxSessions: 3 }))));
      assert.equal((await subject.sessions.list(user.id, at(1))).length, 3);
    });
  });

  describe(`${name}: networks`, () => {
    test("one is known to the account that was used from it, by id and by what is typed at a login, and to no other", async (t) => {
      const subject = await given(t);
      const [ann, bob] = [await givenUser(subject), await givenUser(subject)];
      await givenSession(subject, ann, { ipAddress: "192.0.2.1" });
      await givenSession(subject, bob, { ipAddress: "192.0.2.2" });
      const ways = [{ id: ann.id }, { login: ` ${ann.username.toUpperCase()} ` }, { login: ann.email.toUpperCase() }];
      for (const way of ways) {
        assert.equal(await subject.sessions.isKnownNetwork(way, "192.0.2.1"), true);
        assert.equal(await subject.sessions.isKnownNetwork(way, "192.0.2.2"), false);
      }
      for (const way of [{ id: newUuid() as UserId }, { login: "nobody" }, { login: "nobody@example.org" }, { login: "" }])
        assert.equal(await subject.sessions.isKnownNetwork(way, "192.0.2.1"), false);
    });

    test("all addresses of one are the same", async (t) => {
      const subject = await given(t);
      const { id } = await givenUser(subject);
      await givenSession(subject, { id }, { ipAddress: "2001:db8::1" });
      assert.equal(await subject.sessions.isKnownNetwork({ id }, networkOf("2001:db8::ffff")), true);
      assert.equal(await subject.sessions.isKnownNetwork({ id }, networkOf("2001:db8:0:1::1")), false);
    });

    test("where a session began stays known when it goes on elsewhere and when it ends, until its tokens are purged", async (t) => {
      const subject = await given(t);
      const { id } = await givenUser(subject);
      const first = await givenSession(subject, { id }, { ipAddress: "192.0.2.1" });
      await subject.sessions.rotate({ spend: first.id, token: successor(first, { ipAddress: "192.0.2.2" }), trail: noTrail });
      await subject.sessions.end([first.familyId], at(2000), noTrail);
      for (const network of ["192.0.2.1", "192.0.2.2"]) assert.equal(await subject.sessions.isKnownNetwork({ id }, network), true);
      await subject.sessions.purge(at(100_000));
      for (const network of ["192.0.2.1", "192.0.2.2"]) assert.equal(await subject.sessions.isKnownNetwork({ id }, network), false);
    });

    test("to who was deleted none is known, nor to who has the name afterwards", async (t) => {
      const subject = await given(t);
      const user = await givenUser(subject);
      await givenSession(subject, user, { ipAddress: "192.0.2.1" });
      await subject.users.save(change(user, { status: "deleted" }));
      assert.equal(await subject.sessions.isKnownNetwork({ id: user.id }, "192.0.2.1"), false);
      const { username, email } = user;
      await givenUser(subject, { username, email });
      for (const login of [username, email]) assert.equal(await subject.sessions.isKnownNetwork({ login }, "192.0.2.1"), false);
      await assert.rejects(subject.sessions.isKnownNetwork({ id: user.id }, "", AbortSignal.abort(new Error("given up"))), /given up/);
    });
  });
}
