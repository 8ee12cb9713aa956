import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { RefreshToken } from "../domain/session.ts";
import type { SessionId, UserId } from "../domain/user.ts";
import type { SessionRotation } from "../service/ports.ts";
import type { OpenSubject, Subject } from "./testing/subject.ts";
import {
  anAuditEntry,
  aToken,
  at,
  change,
  givenSession,
  givenUser,
  hash,
  newUuid,
  noTrail,
  outcomes,
  start,
  successor,
  trailOf,
} from "./testing/subject.ts";

/** What every {@link SessionRepository} promises. */
export function describeSessionRepository(name: string, open: OpenSubject): void {
  const given = async (t: TestContext): Promise<Subject> => {
    const subject = await open();
    t.after(() => subject.close());
    return subject;
  };
  const rotation = (token: RefreshToken, values: Partial<RefreshToken> = {}): SessionRotation => ({
    spend: token.id,
    token: successor(token, values),
    trail: noTrail,
  });
  const actions = async (subject: Subject): Promise<string[]> => (await subject.auditEntries()).map(({ action }) => action);

  describe(`${name}: starting sessions`, () => {
    test("a session that was started lives, and shows its token's circumstances", async (t) => {
      const subject = await given(t);
      const user = await givenUser(subject);
      const token = aToken(user, {
        deviceId: "phone",
        userAgent: "arcana/1",
        ipAddress: "2001:db8::1",
        createdAt: at(5),
        lastUsedAt: at(5),
        expiresAt: at(123_456),
      });
      await subject.sessions.start(start(token, { trail: trailOf("login") }));
      assert.deepEqual(await subject.sessions.findLive(token.familyId, at(6)), {
        id: token.familyId,
        userId: user.id,
        deviceId: "phone",
        userAgent: "arcana/1",
        ipAddress: "2001:db8::1",
        createdAt: at(5),
        lastUsedAt: at(5),
        expiresAt: at(123_456),
      });
      assert.deepEqual(await subject.sessions.findToken(token.tokenHash), token);
      assert.deepEqual(await actions(subject), ["login"]);
    });

    test("a login moves the user's last login, and neither the rest of the user nor the password", async (t) => {
      const subject = await given(t);
      const user = await givenUser(subject);
      await subject.sessions.start(start(aToken(user), { before: user, lastLoginAt: at(77) }));
      assert.deepEqual(await subject.users.findAccount({ id: user.id }), {
        user: { ...user, lastLoginAt: at(77) },
        passwordHash: hash("first"),
      });
    });

    test("a newer hash of the password is stored with the login", async (t) => {
      const subject = await given(t);
      const user = await givenUser(subject);
      await subject.sessions.start(start(aToken(user), { before: user, passwordHash: hash("newer") }));
      assert.equal((await subject.users.findAccount({ id: user.id }))?.passwordHash, hash("newer"));
    });

    test("logins at once do not stand in each other's way", async (t) => {
      const subject = await given(t);
      const user = await givenUser(subject);
      await Promise.all(Array.from({ length: 20 }, () => subject.sessions.start(start(aToken(user), { before: user }))));
      assert.equal((await subject.sessions.list(user.id, at(1))).length, 20);
    });

    test("no session starts, and no hash is stored, for who was changed since the password was checked", async (t) => {
      const subject = await given(t);
      const user = await givenUser(subject);
      await subject.users.save(change(user, {}, { passwordHash: hash("changed") }));
      const token = aToken(user);
      const late = start(token, { before: user, passwordHash: hash("first, anew"), trail: trailOf("login") });
      await assert.rejects(subject.sessions.start(late), { reason: "CONFLICT" });
      assert.equal(await subject.sessions.findToken(token.tokenHash), undefined);
      const account = await subject.users.findAccount({ id: user.id });
      assert.equal(account?.passwordHash, hash("changed"));
      assert.equal(account?.user.lastLoginAt, undefined);
      assert.deepEqual(await actions(subject), []);
    });

    test("no session starts for who was deleted", async (t) => {
      const subject = await given(t);
      const user = await givenUser(subject);
      await subject.users.save(change(user, { status: "deleted" }));
      const token = aToken(user);
      await assert.rejects(subject.sessions.start(start(token)), { reason: "CONFLICT" });
      assert.equal(await subject.sessions.findToken(token.tokenHash), undefined);
    });

    test("a call that was given up starts nothing", async (t) => {
      const subject = await given(t);
      const token = aToken(await givenUser(subject));
      const signal = AbortSignal.abort(new Error("given up"));
      await assert.rejects(subject.sessions.start(start(token), signal), /given up/);
      assert.equal(await subject.sessions.findToken(token.tokenHash), undefined);
      await assert.rejects(subject.sessions.findLive(token.familyId, at(0), signal), /given up/);
    });

    test("every value of a token comes back as it was stored", async (t) => {
      const subject = await given(t);
      const user = await givenUser(subject);
      const text = fc.option(
        fc.string({ maxLength: 60, unit: "grapheme" }).filter((value) => !value.includes("\0")),
        { nil: undefined },
      );
      const moment = fc.date({ min: new Date("1970-01-01"), max: new Date("9999-12-31"), noInvalidDate: true });
      const values = fc.record({
        deviceId: text,
        userAgent: text,
        ipAddress: fc.option(fc.oneof(fc.ipV4(), fc.ipV6()), { nil: undefined }),
        expiresAt: moment,
        createdAt: moment,
        lastUsedAt: moment,
      });
      await fc.assert(
        fc.asyncProperty(values, async (sample) => {
          const token = await givenSession(subject, user, sample);
          assert.deepEqual(await subject.sessions.findToken(token.tokenHash), token);
        }),
        { seed: 20260101, numRuns: 40 },
      );
    });
  });

  describe(`${name}: how long sessions live`, () => {
    test("until the very moment of their end", async (t) => {
      const subject = await given(t);
      const user = await givenUser(subject);
      const { familyId } = await givenSession(subject, user, { expiresAt: at(1000) });
      assert.ok(await subject.sessions.findLive(familyId, at(999)));
      assert.equal(await subject.sessions.findLive(familyId, at(1000)), undefined);
      assert.equal((await subject.sessions.list(user.id, at(999))).length, 1);
      assert.equal((await subject.sessions.list(user.id, at(1000))).length, 0);
      assert.ok(await subject.sessions.findLive(familyId, at(999)), "asked for an earlier moment again");
    });

    test("no longer than their user", async (t) => {
      const subject = await given(t);
      const user = await givenUser(subject);
      const { familyId } = await givenSession(subject, user);
      const suspended = change(user, { status: "suspended" });
      await subject.users.save(suspended);
      assert.ok(await subject.sessions.findLive(familyId, at(1)), "a write says itself which sessions end");
      await subject.users.save(change(suspended.after, { status: "deleted" }));
      assert.equal(await subject.sessions.findLive(familyId, at(1)), undefined);
      assert.deepEqual(await subject.sessions.list(user.id, at(1)), []);
    });

    test("unknown ones do not live", async (t) => {
      const { sessions } = await given(t);
      const id = newUuid();
      assert.equal(await sessions.findLive(id as SessionId, at(0)), undefined);
      assert.equal(await sessions.findToken("0".repeat(64)), undefined);
      assert.deepEqual(await sessions.list(id as UserId, at(0)), []);
    });

    test("one that was asked for too early lives once it is started", async (t) => {
      const subject = await given(t);
      const token = aToken(await givenUser(subject));
      assert.equal(await subject.sessions.findLive(token.familyId, at(0)), undefined);
      await subject.sessions.start(start(token));
      assert.ok(await subject.sessions.findLive(token.familyId, at(0)));
    });

    test("a user's are listed the newest first, and nobody else's among them", async (t) => {
      const subject = await given(t);
      const [ann, bob] = [await givenUser(subject), await givenUser(subject)];
      const old = await givenSession(subject, ann, { createdAt: at(1) });
      const young = await givenSession(subject, ann, { createdAt: at(3) });
      const middle = await givenSession(subject, ann, { createdAt: at(2) });
      await givenSession(subject, bob, { createdAt: at(2) });
      await givenSession(subject, ann, { createdAt: at(4), expiresAt: at(5) });
      const listed = await subject.sessions.list(ann.id, at(10));
      assert.deepEqual(
        listed.map(({ id }) => id),
        [young, middle, old].map(({ familyId }) => familyId),
      );
      assert.deepEqual(listed[0], await subject.sessions.findLive(young.familyId, at(10)));
    });
  });

  describe(`${name}: rotating tokens`, () => {
    test("spends the one for the other, and the session goes on", async (t) => {
      const subject = await given(t);
      const first = await givenSession(subject, await givenUser(subject), {
        deviceId: "phone",
        userAgent: "arcana/1",
        ipAddress: "192.0.2.1",
        expiresAt: at(5000),
      });
      const rotated = rotation(first, { ipAddress: "192.0.2.2", expiresAt: at(9000) });
      assert.equal(await subject.sessions.rotate({ ...rotated, trail: trailOf("refreshed") }), true);
      const spent = await subject.sessions.findToken(first.tokenHash);
      const { createdAt } = rotated.token;
      const forgotten = { deviceId: undefined, userAgent: undefined, ipAddress: undefined };
      assert.deepEqual(spent, { ...first, ...forgotten, revokedAt: createdAt, lastUsedAt: createdAt });
      assert.deepEqual(await subject.sessions.findToken(rotated.token.tokenHash), rotated.token);
      const session = await subject.sessions.findLive(first.familyId, at(6000));
      assert.deepEqual(session, {
        id: first.familyId,
        userId: first.userId,
        deviceId: "phone",
        userAgent: undefined,
        ipAddress: "192.0.2.2",
        createdAt: first.createdAt,
        lastUsedAt: rotated.token.lastUsedAt,
        expiresAt: at(9000),
      });
      assert.deepEqual(await actions(subject), ["refreshed"]);
    });

    test("writes nothing where the token was spent before, or never was", async (t) => {
      const subject = await given(t);
      const first = await givenSession(subject, await givenUser(subject));
      const won = rotation(first);
      assert.equal(await subject.sessions.rotate(won), true);
      for (const spend of [first.id, newUuid()]) {
        const lost = { ...rotation(first), spend, trail: trailOf("lost") };
        assert.equal(await subject.sessions.rotate(lost), false);
        assert.equal(await subject.sessions.findToken(lost.token.tokenHash), undefined);
      }
      assert.deepEqual(await actions(subject), []);
      assert.deepEqual(await subject.sessions.findToken(won.token.tokenHash), won.token);
    });

    test("of many at once, one wins", async (t) => {
      const subject = await given(t);
      const first = await givenSession(subject, await givenUser(subject));
      const rivals = Array.from({ length: 20 }, () => rotation(first));
      const won = await Promise.all(rivals.map((rival) => subject.sessions.rotate(rival)));
      assert.equal(won.filter(Boolean).length, 1);
      const stored = await Promise.all(rivals.map(({ token }) => subject.sessions.findToken(token.tokenHash)));
      assert.deepEqual(
        stored.map((token) => token !== undefined),
        won,
      );
    });

    test("brings no ended session back, whichever comes first", async (t) => {
      const subject = await given(t);
      const user = await givenUser(subject);
      for (let round = 0; round < 10; round++) {
        const first = await givenSession(subject, user);
        const end = () => subject.sessions.end([first.familyId], at(10), noTrail);
        const rotate = () => subject.sessions.rotate(rotation(first));
        await Promise.all(round % 2 === 0 ? [end(), rotate()] : [rotate(), end()]);
        assert.equal(await subject.sessions.findLive(first.familyId, at(2000)), undefined);
      }
      assert.deepEqual(await subject.sessions.list(user.id, at(2000)), []);
    });
  });

  describe(`${name}: ending sessions`, () => {
    test("ends each of them with all its tokens, and passes over the unknown and the ended", async (t) => {
      const subject = await given(t);
      const user = await givenUser(subject);
      const [one, two, kept] = [await givenSession(subject, user), await givenSession(subject, user), await givenSession(subject, user)];
      await subject.sessions.end([one.familyId], at(10), trailOf("first"));
      await subject.sessions.end([one.familyId, two.familyId, newUuid() as SessionId], at(20), trailOf("second"));
      await subject.sessions.end([], at(30), noTrail);
      assert.deepEqual(
        (await subject.sessions.list(user.id, at(40))).map(({ id }) => id),
        [kept.familyId],
      );
      assert.deepEqual((await subject.sessions.findToken(one.tokenHash))?.revokedAt, at(10));
      assert.deepEqual((await subject.sessions.findToken(two.tokenHash))?.revokedAt, at(20));
      assert.equal((await subject.sessions.findToken(kept.tokenHash))?.revokedAt, undefined);
      assert.deepEqual(await actions(subject), ["first", "second"]);
      assert.equal(await subject.sessions.rotate(rotation(one)), false);
    });

    test("a session that was looked at before has ended all the same", async (t) => {
      const subject = await given(t);
      const { familyId } = await givenSession(subject, await givenUser(subject));
      assert.ok(await subject.sessions.findLive(familyId, at(1)));
      await subject.sessions.end([familyId], at(2), noTrail);
      assert.equal(await subject.sessions.findLive(familyId, at(3)), undefined);
    });

    test("ends as many as there are", async (t) => {
      const subject = await given(t);
      const user = await givenUser(subject);
      const last = await givenSession(subject, user);
      const many = Array.from({ length: 1200 }, () => newUuid() as SessionId);
      const audit = many.map(() => anAuditEntry());
      await subject.sessions.end([...many, last.familyId], at(2), { events: [], audit });
      assert.equal(await subject.sessions.findLive(last.familyId, at(3)), undefined);
      assert.equal((await subject.auditEntries()).length, 1200);
    });
  });

  describe(`${name}: purging tokens`, () => {
    test("removes those that ended before the moment, and counts them", async (t) => {
      const subject = await given(t);
      const user = await givenUser(subject);
      const expired = await givenSession(subject, user, { expiresAt: at(99) });
      const atTheMoment = await givenSession(subject, user, { expiresAt: at(100) });
      const revoked = await givenSession(subject, user);
      const revokedLater = await givenSession(subject, user);
      const living = await givenSession(subject, user);
      await subject.sessions.end([revoked.familyId], at(99), noTrail);
      await subject.sessions.end([revokedLater.familyId], at(100), noTrail);
      assert.equal(await subject.sessions.purge(at(100)), 2);
      const found = async ({ tokenHash }: RefreshToken) => (await subject.sessions.findToken(tokenHash)) !== undefined;
      assert.deepEqual(await Promise.all([expired, revoked, atTheMoment, revokedLater, living].map(found)), [
        false,
        false,
        true,
        true,
        true,
      ]);
      assert.equal(await subject.sessions.purge(at(100)), 0);
    });

    test("a living session remembers when it began, even when its first tokens are gone", async (t) => {
      const subject = await given(t);
      const first = await givenSession(subject, await givenUser(subject), { createdAt: at(7) });
      const second = rotation(first);
      await subject.sessions.rotate(second);
      assert.equal(await subject.sessions.purge(at(100_000)), 1);
      await subject.sessions.rotate(rotation(second.token));
      assert.deepEqual((await subject.sessions.findLive(first.familyId, at(100_000)))?.createdAt, at(7));
    });

    test("stops when it is given up", async (t) => {
      const { sessions } = await given(t);
      await assert.rejects(sessions.purge(at(0), AbortSignal.abort(new Error("given up"))), /given up/);
    });
  });

  test(`${name}: an unexpected failure leaves nothing half written`, async (t) => {
    const subject = await given(t);
    const user = await givenUser(subject);
    const entry = anAuditEntry();
    await subject.audit.append([entry]);
    const token = aToken(user);
    // The second entry of the same id cannot be stored where ids are unique; where they are not, everything is.
    const [outcome] = await outcomes([subject.sessions.start(start(token, { trail: { events: [], audit: [entry] } }))]);
    const stored = (await subject.sessions.findToken(token.tokenHash)) !== undefined;
    const loggedIn = (await subject.users.find(user.id))?.lastLoginAt !== undefined;
    assert.deepEqual([stored, loggedIn], outcome === "written" ? [true, true] : [false, false]);
  });
}
