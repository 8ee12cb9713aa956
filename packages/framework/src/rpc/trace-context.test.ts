import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatTraceparent, parseTraceparent } from "./trace-context.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const parentId = "00f067aa0ba902b7";

test("a traceparent is read", () => {
  assert.deepEqual(parseTraceparent(`00-${traceId}-${parentId}-01`), { traceId, parentId, sampled: true });
  assert.equal(parseTraceparent(`00-${traceId}-${parentId}-00`)?.sampled, false);
  assert.equal(parseTraceparent(`00-${traceId}-${parentId}-ff`)?.sampled, true);
});

test("a later version is read by its known part, and may have more", () => {
  assert.deepEqual(parseTraceparent(`cc-${traceId}-${parentId}-01-what-the-future-brings`), { traceId, parentId, sampled: true });
  assert.deepEqual(parseTraceparent(`cc-${traceId}-${parentId}-01`), { traceId, parentId, sampled: true });
});

test("what the specification calls invalid is", () => {
  const wrong = [
    "",
    `ff-${traceId}-${parentId}-01`,
    `00-${traceId}-${parentId}-01-more`,
    `00-${traceId}-${parentId}-01-`,
    `cc-${traceId}-${parentId}-01.more`,
    `00-${"0".repeat(32)}-${parentId}-01`,
    `00-${traceId}-${"0".repeat(16)}-01`,
    `00-${traceId.toUpperCase()}-${parentId}-01`,
    `00-${traceId.slice(1)}-${parentId}-01`,
    `0-${traceId}-${parentId}-01`,
    `00-${traceId}-${parentId}-1`,
    ` 00-${traceId}-${parentId}-01`,
    `00-${traceId}-${parentId}-01, 00-${traceId}-${parentId}-01`,
  ];
  for (const header of wrong) assert.equal(parseTraceparent(header), undefined, header);
});

test("what is written is read as it was", () => {
  const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`)).filter((text) => /[^0]/.test(text));
  fc.assert(
    fc.property(fc.record({ traceId: hex(32), parentId: hex(16), sampled: fc.boolean() }, { noNullPrototype: true }), (context) => {
      assert.deepEqual(parseTraceparent(formatTraceparent(context)), context);
    }),
    { seed: 19 },
  );
});
