import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { User, UserId } from "../domain/user.ts";
import type { UserQuery, UserRepository } from "../service/ports.ts";
import { userSorts } from "../service/ports.ts";
import type { OpenSubject, Subject, UserValues } from "./testing/subject.ts";
import { at, change, changedUser, everyone, givenUser } from "./testing/subject.ts";

const seed = 20260101;

/** What every `list` of a {@link UserRepository} promises. */
export function describeUserListing(name: string, open: OpenSubject): void {
  const given = async (t: TestContext): Promise<Subject> => {
    const subject = await open();
    t.after(() => subject.close());
    return subject;
  };
  const ids = async (users: UserRepository, query: Partial<UserQuery>): Promise<UserId[]> => {
    const page = await users.list({ ...everyone, ...query });
    return page.users.map(({ id }) => id);
  };

  describe(`${name}: listing users`, () => {
    test("roles and statuses select, the deleted show only where they are asked for", async (t) => {
      const subject = await given(t);
      const [a, b, c] = [
        await givenUser(subject, { role: "admin", status: "active" }),
        await givenUser(subject, { role: "admin", status: "suspended" }),
        await givenUser(subject, { role: "user", status: "active" }),
      ];
      const d = await givenUser(subject, { role: "admin" });
      await subject.users.save(change(d, { status: "deleted" }));
      assert.deepEqual(await ids(subject.users, {}), [a.id, b.id, c.id]);
      assert.deepEqual(await ids(subject.users, { role: "admin" }), [a.id, b.id]);
      assert.deepEqual(await ids(subject.users, { status: "active" }), [a.id, c.id]);
      assert.deepEqual(await ids(subject.users, { role: "admin", status: "suspended" }), [b.id]);
      assert.deepEqual(await ids(subject.users, { status: "deleted" }), [d.id]);
      assert.deepEqual(await ids(subject.users, { role: "user", status: "deleted" }), []);
    });

    test("pages follow each other without a gap or a repetition, and tell the whole number", async (t) => {
      const subject = await given(t);
      const all: UserId[] = [];
      for (let index = 0; index < 11; index++) all.push((await givenUser(subject, { createdAt: at(index % 3) })).id);
      for (const by of userSorts) {
        const seen: UserId[] = [];
        for (let page = 0; page < 4; page++) {
          const { users, totalElements } = await subject.users.list({ ...everyone, page, size: 4, sort: { by, direction: "desc" } });
          assert.equal(totalElements, 11);
          assert.equal(users.length, [4, 4, 3, 0][page]);
          seen.push(...users.map(({ id }) => id));
        }
        assert.deepEqual(seen.toSorted(), all.toSorted(), by);
      }
    });

    test("each order is kept both ways; names without case, equal ones by id, who never logged in as the earliest", async (t) => {
      const subject = await given(t);
      const values: UserValues[] = [
        { username: "bob", email: "Zoe@example.org", createdAt: at(3), updatedAt: at(1), lastLoginAt: at(2) },
        { username: "Ann", email: "yan@example.org", createdAt: at(1), updatedAt: at(1) },
        { username: "carl", email: "Xia@example.org", createdAt: at(1), updatedAt: at(5), lastLoginAt: at(1) },
        { username: "Dora", email: "wim@example.org", createdAt: at(2), updatedAt: at(4) },
      ];
      const saved: UserId[] = [];
      for (const value of values) saved.push((await givenUser(subject, value)).id);
      const [bob, ann, carl, dora] = saved;
      const expected = {
        created_at: [ann, carl, dora, bob],
        updated_at: [bob, ann, dora, carl],
        last_login_at: [ann, dora, carl, bob],
        username: [ann, bob, carl, dora],
        email: [dora, carl, ann, bob],
      };
      for (const by of userSorts) {
        assert.deepEqual(await ids(subject.users, { sort: { by, direction: "asc" } }), expected[by], by);
        assert.deepEqual(await ids(subject.users, { sort: { by, direction: "desc" } }), expected[by].toReversed(), by);
      }
    });

    test("the deleted are sorted by the names that they had", async (t) => {
      const subject = await given(t);
      const named: [string, UserId][] = [];
      for (const username of ["bob", "Ann", "carl"]) {
        const user = await givenUser(subject, { username });
        await subject.users.save(change(user, { status: "deleted" }));
        named.push([username.toLowerCase(), user.id]);
      }
      const sorted = named.toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, id]) => id);
      assert.deepEqual(await ids(subject.users, { status: "deleted", sort: { by: "username", direction: "asc" } }), sorted);
    });

    test("a search looks in name, address and both names, whatever the case, also beyond ASCII", async (t) => {
      const subject = await given(t);
      const ann = await givenUser(subject, { username: "Ann", email: "lee@example.org", firstName: "Änne", lastName: "O'Lée" });
      await givenUser(subject, { username: "bob", email: "bob@example.com" });
      for (const search of ["ANN", "lee@EXAMPLE.org", "ÄNNE", "änne", "o'LÉE", "'"]) {
        assert.deepEqual(await ids(subject.users, { search }), [ann.id], search);
      }
      // What one field ends with and the next begins with stand in no field.
      for (const search of ["annlee", "orgän", "nobody"]) assert.deepEqual(await ids(subject.users, { search }), [], search);
      const changed = changedUser(ann, { firstName: "Joan" });
      await subject.users.save({ ...change(ann, {}), after: changed });
      assert.deepEqual(await ids(subject.users, { search: "joan" }), [ann.id]);
      assert.deepEqual(await ids(subject.users, { search: "änne" }), []);
    });

    test("a search finds what contains the text and nothing else, whatever the text is", async (t) => {
      const subject = await given(t);
      const letter = fc.constantFrom("a", "B", "%", "_", "!", "\\", "'", "[", "*", "é", "É", " ");
      const name = fc.string({ unit: letter, minLength: 1, maxLength: 6 });
      const people: User[] = [];
      for (const [firstName = "", lastName = ""] of fc.sample(fc.tuple(name, name), { seed, numRuns: 25 })) {
        people.push(await givenUser(subject, { firstName, lastName }));
      }
      const contains = (user: User, text: string): boolean =>
        [user.username, user.email, user.firstName, user.lastName].some((field) => field?.toLowerCase().includes(text.toLowerCase()));
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: letter, minLength: 1, maxLength: 3 }), async (search) => {
          const found = await subject.users.list({ ...everyone, search });
          const expected = people.filter((user) => contains(user, search)).map(({ id }) => id);
          assert.deepEqual(
            found.users.map(({ id }) => id),
            expected,
          );
          assert.equal(found.totalElements, expected.length);
        }),
        { seed, numRuns: 150 },
      );
    });
  });
}
