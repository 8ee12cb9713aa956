import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Email, PasswordHash, SessionId, User, UserId, Username } from "../domain/user.ts";
import { roles, statuses } from "../domain/user.ts";
import type { UserRepository } from "../service/ports.ts";
import type { OpenSubject, Subject, UserValues } from "./testing/subject.ts";
import {
  aToken,
  at,
  aUser,
  change,
  creation,
  everyone,
  givenSession,
  givenUser,
  hash,
  newUuid,
  outcomes,
  times,
  trailOf,
} from "./testing/subject.ts";
import { describeUserListing } from "./user-list.contract.ts";

const seed = 20260101;
/** What every {@link UserRepository} promises. */
export function describeUserRepository(name: string, open: OpenSubject): void {
  const given = async (t: TestContext): Promise<Subject> => {
    const subject = await open();
    t.after(() => subject.close());
    return subject;
  };

  describe(`${name}: finding users`, () => {
    test("a saved user is found by id, by name and by address, whatever their case", async (t) => {
      const { users } = await given(t);
      const user = aUser({ username: "Ann.Lee", email: "Ann.Lee@example.org" });
      await users.save(creation(user));
      assert.deepEqual(await users.find(user.id), user);
      for (const username of ["Ann.Lee", "ann.lee", "ANN.LEE"]) assert.deepEqual(await users.findByUsername(username as Username), user);
      for (const email of ["Ann.Lee@example.org", "ann.lee@EXAMPLE.org"]) assert.deepEqual(await users.findByEmail(email as Email), user);
    });

    test("the account is found by id, by name and by address, with its password hash", async (t) => {
      const { users } = await given(t);
      const user = aUser({ username: "Ann", email: "Ann@example.org" });
      await users.save(creation(user, { passwordHash: hash("secret") }));
      const account = { user, passwordHash: hash("secret") };
      assert.deepEqual(await users.findAccount({ id: user.id }), account);
      for (const login of ["Ann", "aNN", "Ann@example.org", "ANN@EXAMPLE.ORG"])
        assert.deepEqual(await users.findAccount({ login }), account);
    });

    test("nobody is found where there is nobody", async (t) => {
      const subject = await given(t);
      const { users } = subject;
      await givenUser(subject, { username: "Ann", email: "ann@example.org" });
      const id = newUuid() as UserId;
      assert.equal(await users.find(id), undefined);
      assert.equal(await users.findByUsername("An" as Username), undefined);
      assert.equal(await users.findByUsername("ann@example.org" as Username), undefined);
      assert.equal(await users.findByUsername("An_" as Username), undefined);
      assert.equal(await users.findByEmail("ann@example.or" as Email), undefined);
      assert.equal(await users.findAccount({ id }), undefined);
      for (const login of ["", "bob", "ann@", "%", "' OR 1=1 --"]) assert.equal(await users.findAccount({ login }), undefined);
    });

    test("every value comes back as it was saved, to the millisecond", async (t) => {
      const { users } = await given(t);
      const text = fc.option(
        fc.string({ maxLength: 40, unit: "grapheme" }).filter((value) => !value.includes("\0")),
        { nil: undefined },
      );
      const moment = fc.date({ min: new Date("1970-01-01"), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true });
      const values = fc.record({
        firstName: text,
        lastName: text,
        role: fc.constantFrom(...roles),
        status: fc.constantFrom(...statuses.filter((status) => status !== "deleted")),
        emailVerified: fc.boolean(),
        avatarUrl: fc.option(fc.webUrl(), { nil: undefined }),
        lastLoginAt: fc.option(moment, { nil: undefined }),
        createdAt: moment,
        updatedAt: moment,
      });
      await fc.assert(
        fc.asyncProperty(values, async (sample) => {
          const user = aUser(sample);
          await users.save(creation(user));
          assert.deepEqual(await users.find(user.id), user);
        }),
        { seed, numRuns: 60 },
      );
    });
  });

  describe(`${name}: changing users`, () => {
    test("a change is what is found afterwards, and the password stays", async (t) => {
      const subject = await given(t);
      const user = await givenUser(subject, { username: "ann", firstName: "Ann" });
      const write = change(user, {
        username: "Anna",
        email: "anna@example.org",
        firstName: undefined,
        lastName: "Lee",
        emailVerified: true,
      });
      await subject.users.save(write);
      assert.deepEqual(await subject.users.find(user.id), write.after);
      assert.deepEqual(await subject.users.findByUsername("anna" as Username), write.after);
      assert.equal(await subject.users.findByUsername("ann" as Username), undefined);
      assert.equal((await subject.users.findAccount({ id: user.id }))?.passwordHash, hash("first"));
    });

    test("a password changes where the write has one", async (t) => {
      const subject = await given(t);
      const user = await givenUser(subject);
      await subject.users.save(change(user, {}, { passwordHash: hash("second") }));
      assert.equal((await subject.users.findAccount({ id: user.id }))?.passwordHash, hash("second"));
    });

    test("the last login is left to logins", async (t) => {
      const subject = await given(t);
      const user = await givenUser(subject);
      await givenSession(subject, user, { createdAt: at(500) });
      await subject.users.save(change(user, { firstName: "Ann" }));
      assert.deepEqual((await subject.users.find(user.id))?.lastLoginAt, at(500));
    });

    test("who was changed since they were read is not changed", async (t) => {
      const subject = await given(t);
      const user = await givenUser(subject);
      const first = change(user, { firstName: "First" });
      await subject.users.save(first);
      const second = change(user, { firstName: "Second", updatedAt: at(9) }, { passwordHash: hash("second"), trail: trailOf("late") });
      await assert.rejects(subject.users.save(second), { reason: "CONFLICT" });
      assert.deepEqual(await subject.users.findAccount({ id: user.id }), { user: first.after, passwordHash: hash("first") });
      assert.deepEqual(await subject.auditEntries(), []);
    });

    test("who was deleted or never was is not changed", async (t) => {
      const subject = await given(t);
      const user = await givenUser(subject);
      const deleted = change(user, { status: "deleted" });
      await subject.users.save(deleted);
      await assert.rejects(subject.users.save(change(user, {})), { reason: "CONFLICT" });
      await assert.rejects(subject.users.save(change(deleted.after, { status: "active" })), { reason: "CONFLICT" });
      await assert.rejects(subject.users.save(change(aUser(), {})), { reason: "CONFLICT" });
    });

    test("a new user needs an id of their own", async (t) => {
      const subject = await given(t);
      const user = await givenUser(subject);
      await assert.rejects(subject.users.save(creation(aUser({ id: user.id, username: "other", email: "other@example.org" }))), {
        reason: "CONFLICT",
      });
      assert.deepEqual(await subject.users.find(user.id), user);
    });

    test("a new user needs a password hash", async (t) => {
      const { users } = await given(t);
      const { passwordHash: _, ...write } = creation(aUser());
      await assert.rejects(users.save(write), TypeError);
      assert.equal(await users.find(write.after.id), undefined);
    });

    test("a call that was given up writes nothing", async (t) => {
      const subject = await given(t);
      const user = aUser();
      const signal = AbortSignal.abort(new Error("given up"));
      await assert.rejects(subject.users.save(creation(user), signal), /given up/);
      assert.equal(await subject.users.find(user.id), undefined);
      await assert.rejects(subject.users.find(user.id, signal), /given up/);
    });
  });

  describe(`${name}: names and addresses`, () => {
    for (const [what, reason, values] of [
      ["name", "USERNAME_TAKEN", { username: "ANN" }],
      ["address", "EMAIL_TAKEN", { email: "Ann@Example.org" }],
    ] as const) {
      test(`a living user's ${what} is taken, whatever its case, and nothing is written`, async (t) => {
        const subject = await given(t);
        await givenUser(subject, { username: "ann", email: "ann@example.org" });
        const bob = await givenUser(subject, { username: "bob", email: "bob@example.org" });
        const carl = aUser(values);
        await assert.rejects(subject.users.save(creation(carl, { trail: trailOf("created") })), { reason });
        await assert.rejects(subject.users.save(change(bob, values, { trail: trailOf("changed") })), { reason });
        assert.equal(await subject.users.find(carl.id), undefined);
        assert.deepEqual(await subject.users.find(bob.id), bob);
        assert.deepEqual(await subject.auditEntries(), []);
      });
    }

    test("their own name and address are taken by nobody else, and may change their case", async (t) => {
      const subject = await given(t);
      const ann = await givenUser(subject, { username: "ann", email: "ann@example.org" });
      const write = change(ann, { username: "Ann", email: "Ann@example.org" });
      await subject.users.save(write);
      assert.deepEqual(await subject.users.findByUsername("ann" as Username), write.after);
    });

    test("the deleted are found no more, and their name and address are free", async (t) => {
      const subject = await given(t);
      const { users } = subject;
      const ann = await givenUser(subject, { username: "ann", email: "ann@example.org" });
      const deletion = change(ann, { status: "deleted" });
      await users.save(deletion);
      assert.equal(await users.find(ann.id), undefined);
      assert.equal(await users.findByUsername(ann.username), undefined);
      assert.equal(await users.findByEmail(ann.email), undefined);
      assert.equal(await users.findAccount({ id: ann.id }), undefined);
      assert.equal(await users.findAccount({ login: "ann" }), undefined);
      assert.deepEqual((await users.list(everyone)).users, []);
      assert.deepEqual((await users.list({ ...everyone, status: "deleted" })).users, [deletion.after]);

      const second = await givenUser(subject, { username: "ANN", email: "ANN@example.org" });
      assert.deepEqual(await users.findByUsername("ann" as Username), second);
      await users.save(change(second, { status: "deleted" }));
      await givenUser(subject, { username: "ann", email: "ann@example.org" });
    });
  });

  describe(`${name}: what commits with a user`, () => {
    test("no session, all sessions, or all but one end", async (t) => {
      const subject = await given(t);
      let user = await givenUser(subject);
      const other = await givenSession(subject, await givenUser(subject));
      const kept = await givenSession(subject, user);
      const ended = await givenSession(subject, user);
      const live = async () =>
        Promise.all([kept, ended, other].map(async ({ familyId }) => (await subject.sessions.findLive(familyId, at(1))) !== undefined));
      const save = async (which: "none" | "all" | "others"): Promise<void> => {
        const endSessions = which === "others" ? { which, keep: kept.familyId } : { which };
        const write = change(user, {}, { endSessions });
        await subject.users.save(write);
        user = write.after;
      };
      await save("none");
      assert.deepEqual(await live(), [true, true, true]);
      await save("others");
      assert.deepEqual(await live(), [true, false, true]);
      assert.deepEqual((await subject.sessions.findToken(ended.tokenHash))?.revokedAt, user.updatedAt);
      await save("all");
      assert.deepEqual(await live(), [false, false, true]);
    });

    test("the audit entries of a write are appended with it, or not at all", async (t) => {
      const subject = await given(t);
      const user = aUser();
      await subject.users.save(creation(user, { trail: trailOf("created", "welcomed") }));
      await subject.users.save(change(user, {}, { trail: trailOf("changed") }));
      await assert.rejects(subject.users.save(change(user, { updatedAt: at(9) }, { trail: trailOf("refused") })));
      assert.deepEqual(
        (await subject.auditEntries()).map(({ action }) => action),
        ["created", "welcomed", "changed"],
      );
    });

    test("a session begins with the user, or neither does", async (t) => {
      const subject = await given(t);
      const user = aUser();
      const session = aToken(user);
      await subject.users.save(creation(user, { session }));
      assert.equal((await subject.sessions.findLive(session.familyId, at(1)))?.userId, user.id);
      assert.deepEqual(await subject.sessions.findToken(session.tokenHash), session);
      const rival = aUser({ username: user.username });
      const refused = aToken(rival);
      await assert.rejects(subject.users.save(creation(rival, { session: refused })), { reason: "USERNAME_TAKEN" });
      assert.equal(await subject.sessions.findToken(refused.tokenHash), undefined);
    });

    test("a refused write ends no session", async (t) => {
      const subject = await given(t);
      const user = await givenUser(subject);
      const { familyId } = await givenSession(subject, user);
      const stale = { ...user, updatedAt: at(-1) };
      await assert.rejects(subject.users.save(change(stale, {}, { endSessions: { which: "all" } })), { reason: "CONFLICT" });
      assert.ok(await subject.sessions.findLive(familyId as SessionId, at(1)));
    });
  });

  describe(`${name}: the last superadmin`, () => {
    const losses: readonly UserValues[] = [{ role: "admin" }, { status: "suspended" }, { status: "locked" }, { status: "deleted" }];

    for (const loss of losses) {
      test(`cannot become ${JSON.stringify(loss)}`, async (t) => {
        const subject = await given(t);
        const last = await givenUser(subject, { role: "superadmin" });
        await givenUser(subject, { role: "superadmin", status: "suspended" });
        await givenUser(subject, { role: "superadmin", status: "pending_verification" });
        await givenUser(subject, { role: "admin" });
        await assert.rejects(subject.users.save(change(last, loss, { trail: trailOf("lost") })), { reason: "LAST_SUPERADMIN" });
        assert.deepEqual(await subject.users.find(last.id), last);
        assert.deepEqual(await subject.auditEntries(), []);
      });
    }

    test("may change otherwise, and may leave once there is another", async (t) => {
      const subject = await given(t);
      const first = await givenUser(subject, { role: "superadmin" });
      const renamed = change(first, { firstName: "Ann" });
      await subject.users.save(renamed);
      const second = await givenUser(subject, { role: "superadmin" });
      await subject.users.save(change(renamed.after, { status: "deleted" }));
      await assert.rejects(subject.users.save(change(second, { role: "user" })), { reason: "LAST_SUPERADMIN" });
    });

    test("stays when all leave at once", async (t) => {
      const subject = await given(t);
      const all: User[] = [];
      for (let index = 0; index < 6; index++) all.push(await givenUser(subject, { role: "superadmin" }));
      const results = await outcomes(all.map((user, index) => subject.users.save(change(user, losses[index % losses.length] ?? {}))));
      assert.deepEqual(results, ["LAST_SUPERADMIN", ...times(5, "written")]);
      const page = await subject.users.list({ ...everyone, role: "superadmin", status: "active" });
      assert.equal(page.totalElements, 1);
    });
  });

  describe(`${name}: many writers at once`, () => {
    test("of fifty who read the same user, one writes", async (t) => {
      const subject = await given(t);
      const user = await givenUser(subject);
      const writes = Array.from({ length: 50 }, (_, index) => change(user, { firstName: `writer ${index}`, updatedAt: at(index + 1) }));
      assert.deepEqual(await outcomes(writes.map((write) => subject.users.save(write))), [...times(49, "CONFLICT"), "written"]);
      const stored = await subject.users.find(user.id);
      assert.ok(
        writes.some(({ after }) => after.firstName === stored?.firstName && after.updatedAt.getTime() === stored?.updatedAt.getTime()),
      );
    });

    test("no write is lost where each reads again until it is written", async (t) => {
      const subject = await given(t);
      const { id } = await givenUser(subject, { firstName: "0" });
      const increment = async (): Promise<void> => {
        for (;;) {
          const user = await subject.users.find(id);
          assert.ok(user);
          const write = change(user, { firstName: String(Number(user.firstName) + 1) });
          const [outcome] = await outcomes([subject.users.save(write)]);
          if (outcome === "written") return;
          assert.equal(outcome, "CONFLICT");
        }
      };
      await Promise.all(Array.from({ length: 20 }, increment));
      assert.equal((await subject.users.find(id))?.firstName, "20");
    });

    test("of many who want one name, one gets it", async (t) => {
      const subject = await given(t);
      const rivals = Array.from({ length: 20 }, (_, index) => aUser({ username: index % 2 === 0 ? "prize" : "Prize" }));
      assert.deepEqual(await outcomes(rivals.map((user) => subject.users.save(creation(user)))), [
        ...times(19, "USERNAME_TAKEN"),
        "written",
      ]);
      assert.equal((await subject.users.list(everyone)).totalElements, 1);
    });
  });

  describeUserListing(name, open);

  test(`${name}: what a password hash looks like is nobody's business`, async (t) => {
    const { users } = await given(t);
    const user = aUser();
    const odd = "not a PHC string, but kept all the same: 'ä\"" as PasswordHash;
    await users.save(creation(user, { passwordHash: odd }));
    assert.equal((await users.findAccount({ id: user.id }))?.passwordHash, odd);
  });
}
