import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { describe, test } from "node:test";
import type { AttemptRepository, Attempts } from "../service/ports.ts";
import type { OpenSubject } from "./testing/subject.ts";
import { at } from "./testing/subject.ts";

/** What every {@link AttemptRepository} promises. */
export function describeAttemptRepository(name: string, open: OpenSubject): void {
  const given = async (t: TestContext): Promise<AttemptRepository> => {
    const { attempts, close } = await open();
    t.after(close);
    return attempts;
  };
  const oneMore =
    (lastFailureAt: Date, blockedUntil?: Date) =>
    (former: Attempts | undefined): Attempts => ({ failures: (former?.failures ?? 0) + 1, lastFailureAt, blockedUntil });

  describe(`${name}: failed attempts`, () => {
    test("are counted from the former state, each key for itself", async (t) => {
      const attempts = await given(t);
      assert.equal(await attempts.find("a"), undefined);
      const first = { failures: 1, lastFailureAt: at(1), blockedUntil: undefined };
      const formers: (Attempts | undefined)[] = [];
      const seen = (next: (former: Attempts | undefined) => Attempts) => (former: Attempts | undefined) => {
        formers.push(former);
        return next(former);
      };
      assert.deepEqual(await attempts.fail("a", at(1), seen(oneMore(at(1)))), first);
      assert.deepEqual(await attempts.find("a"), first);
      const second = { failures: 2, lastFailureAt: at(2), blockedUntil: at(1002) };
      assert.deepEqual(await attempts.fail("a", at(2), seen(oneMore(at(2), at(1002)))), second);
      assert.deepEqual(await attempts.find("a"), second);
      assert.equal((await attempts.fail("A", at(3), seen(oneMore(at(3))))).failures, 1);
      assert.deepEqual(formers, [undefined, first, undefined]);
    });

    test("are all counted where many come at once", async (t) => {
      const attempts = await given(t);
      await Promise.all(Array.from({ length: 50 }, (_, index) => attempts.fail("a", at(index), oneMore(at(index)))));
      assert.equal((await attempts.find("a"))?.failures, 50);
    });

    test("are not counted where computing the next state fails", async (t) => {
      const attempts = await given(t);
      const broken = (): never => {
        throw new Error("broken policy");
      };
      await assert.rejects(attempts.fail("a", at(1), broken), /broken policy/);
      assert.equal(await attempts.find("a"), undefined);
    });

    test("are forgotten by clearing", async (t) => {
      const attempts = await given(t);
      await attempts.fail("a", at(1), oneMore(at(1)));
      await attempts.fail("b", at(1), oneMore(at(1)));
      await attempts.clear("a");
      await attempts.clear("never there");
      assert.equal(await attempts.find("a"), undefined);
      assert.equal((await attempts.find("b"))?.failures, 1);
      assert.equal((await attempts.fail("a", at(2), oneMore(at(2)))).failures, 1);
    });

    test("are purged once the last is older than the moment and no block reaches it", async (t) => {
      const attempts = await given(t);
      const states: readonly [string, Date, Date | undefined][] = [
        ["old", at(99), undefined],
        ["old and free again", at(50), at(99)],
        ["old and blocked", at(50), at(101)],
        ["at the moment", at(100), undefined],
        ["young", at(150), undefined],
      ];
      for (const [key, lastFailureAt, blockedUntil] of states) {
        await attempts.fail(key, lastFailureAt, oneMore(lastFailureAt, blockedUntil));
      }
      assert.equal(await attempts.purge(at(100)), 2);
      const left = await Promise.all(states.map(async ([key]) => (await attempts.find(key)) !== undefined));
      assert.deepEqual(left, [false, false, true, true, true]);
      assert.equal(await attempts.purge(at(100)), 0);
    });

    test("are purged however many there are", async (t) => {
      const attempts = await given(t);
      for (let index = 0; index < 1100; index++) await attempts.fail(`${index}`, at(0), oneMore(at(0)));
      assert.equal(await attempts.purge(at(1)), 1100);
    });

    test("are left alone by a call that was given up", async (t) => {
      const attempts = await given(t);
      await attempts.fail("a", at(1), oneMore(at(1)));
      const signal = AbortSignal.abort(new Error("given up"));
      await assert.rejects(attempts.fail("a", at(2), oneMore(at(2)), signal), /given up/);
      await assert.rejects(attempts.clear("a", signal), /given up/);
      await assert.rejects(attempts.find("a", signal), /given up/);
      await assert.rejects(attempts.purge(at(9), signal), /given up/);
      assert.equal((await attempts.find("a"))?.failures, 1);
    });
  });
}
