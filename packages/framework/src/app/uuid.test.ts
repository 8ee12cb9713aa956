import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isUuid, uuidv7, uuidv7Source } from "./uuid.ts";

const seed = 20_260_101;
const times = fc.integer({ min: 0, max: 2 ** 48 - 1 });

test("an id holds its time, version 7 and the variant of RFC 9562", () => {
  fc.assert(
    fc.property(times, (ms) => {
      const id = uuidv7Source()(ms);
      assert.match(id, /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
      assert.equal(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16), ms);
      assert.ok(isUuid(id) && isUuid(id.toUpperCase()));
    }),
    { seed },
  );
});

test("ids rise strictly while the clock stands, rises, or is set back a little", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 20_000, max: 2 ** 47 }),
      fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 200 }),
      (start, steps) => {
        const next = uuidv7Source();
        const times = steps.map((_, index) => start + steps.slice(0, index).reduce((sum, step) => sum + step, 0));
        const ids = times.map(next);
        assert.deepEqual(ids, [...new Set(ids)].sort());
      },
    ),
    { seed },
  );
});

test("a clock that is set back far is followed", () => {
  const next = uuidv7Source();
  next(new Date("2099-01-01T00:00:00Z"));
  assert.ok(next(new Date("2026-01-01T00:00:00Z")).startsWith(uuidv7Source()(new Date("2026-01-01T00:00:00Z")).slice(0, 13)));
});

test("the counter goes on from the seed and carries from its low part to its high one", () => {
  let value = 2 ** 30 - 1;
  const next = uuidv7Source(() => value);
  // The seed of the high part leaves out its highest bit: 0x7ff.
  assert.equal(next(1), "00000000-0001-77ff-bfff-ffff3fffffff");
  value = 5;
  assert.equal(next(1), "00000000-0001-7800-8000-000000000005");
});

test("10 000 ids of one moment differ", () => {
  const ids = Array.from({ length: 10_000 }, () => uuidv7(1_767_225_600_000));
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual(ids, ids.toSorted());
});

test("a time that does not fit is refused", () => {
  for (const ms of [-1, 2 ** 48, Number.NaN]) assert.throws(() => uuidv7(ms), RangeError);
});

test("only the canonical form is a UUID", () => {
  assert.ok(isUuid("019b76da-a800-7000-8000-000000000000"));
  for (const text of [
    "",
    "019b76daa80070008000000000000000",
    "{019b76da-a800-7000-8000-000000000000}",
    "019b76da-a800-7000-8000-00000000000g",
    "019b76da-a800-7000-8000-000000000000\n",
  ])
    assert.ok(!isUuid(text), text);
});
