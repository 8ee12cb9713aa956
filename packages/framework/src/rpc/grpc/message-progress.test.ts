import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MessageProgress } from "./message-progress.ts";

function framed(length: number): Buffer {
  const bytes = Buffer.alloc(5 + length, 0xff);
  bytes[0] = 0;
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

test("what is unfinished is what came since the last whole message, however the bytes are cut", () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 6 });
  const property = fc.property(lengths, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (messages, cuts) => {
    const bytes = Buffer.concat(messages.map(framed));
    const ends = messages.map((_, index) => messages.slice(0, index + 1).reduce((sum, length) => sum + length + 5, 0));
    const progress = new MessageProgress();
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
      const next = Math.min(bytes.length, at + (cuts[turn % cuts.length] ?? 1));
      const [from, to] = [at, next];
      assert.equal(
        progress.advance(bytes.subarray(from, to)),
        ends.some((end) => end > from && end <= to),
      );
      assert.equal(progress.unfinishedBytes, to - Math.max(0, ...ends.filter((end) => end <= to)));
      at = next;
    }
  });
  fc.assert(property, { seed: 7, numRuns: 200 });
});

test("the longest length that can be announced is no message yet", () => {
  const progress = new MessageProgress();
  assert.equal(progress.advance(Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1])), false);
  assert.equal(progress.unfinishedBytes, 6);
});
