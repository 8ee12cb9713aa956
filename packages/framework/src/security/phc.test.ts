import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { PhcHash } from "./phc.ts";
import { argon2Algorithms, formatPhc, isAtMost, isLegal, parsePhc } from "./phc.ts";

/** Any UTF-16, half surrogate pairs too. */
const anyText = fc.string({ unit: fc.nat({ max: 0xffff }).map((unit) => String.fromCharCode(unit)) });

const example = "$argon2id$v=19$m=19456,t=2,p=1$2YmkXk3tBTxdsr8pLTrtcQ$WdWpiB/piQeLg64m/ODpz7v4/GxSnrVbG36FPPBScyE";

test("a hash as Argon2 writes it is read", () => {
  const hash = parsePhc(example);
  assert.ok(hash !== undefined);
  const { salt, tag, ...rest } = hash;
  assert.deepEqual(rest, { algorithm: "argon2id", version: 19, memoryKib: 19456, time: 2, parallelism: 1 });
  assert.deepEqual([salt.length, tag.length], [16, 32]);
});

const hashes: fc.Arbitrary<PhcHash> = fc
  .record(
    {
      algorithm: fc.constantFrom(...argon2Algorithms),
      version: fc.constantFrom(16 as const, 19 as const),
      memoryKib: fc.integer({ min: 8, max: 2 ** 32 - 1 }),
      time: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
      parallelism: fc.integer({ min: 1, max: 255 }),
      salt: fc.uint8Array({ minLength: 8, maxLength: 64 }),
      tag: fc.uint8Array({ minLength: 16, maxLength: 64 }),
    },
    { noNullPrototype: true },
  )
  .filter(isLegal);

test("what is written is read back the same", () => {
  fc.assert(
    fc.property(hashes, (hash) => {
      assert.deepEqual(parsePhc(formatPhc(hash)), hash);
    }),
    { seed: 1, numRuns: 500 },
  );
});

test("a change anywhere gives another hash or none, never the same one twice over", () => {
  const edits = fc.tuple(fc.nat({ max: example.length - 1 }), fc.constantFrom(..."$=,+/-_ 0159azAZ\n\u0000é"));
  fc.assert(
    fc.property(edits, ([at, letter]) => {
      const text = example.slice(0, at) + letter + example.slice(at + 1);
      const hash = parsePhc(text);
      if (hash !== undefined) assert.equal(formatPhc(hash), text);
    }),
    { seed: 2, numRuns: 2000 },
  );
});

test("arbitrary text is no hash", () => {
  fc.assert(
    fc.property(fc.oneof(anyText, fc.stringMatching(/^\$argon2id\$[vmtp=0-9,$]*$/)), (text) => {
      const hash = parsePhc(text);
      if (hash !== undefined) assert.equal(formatPhc(hash), text);
    }),
    { seed: 3, numRuns: 1000 },
  );
  assert.equal(parsePhc(""), undefined);
});

for (const [what, text] of [
  ["another algorithm", example.replace("argon2id", "scrypt")],
  ["an unknown version", example.replace("v=19", "v=20")],
  ["no version", example.replace("v=19$", "")],
  ["a leading zero", example.replace("t=2", "t=02")],
  ["no passes", example.replace("t=2", "t=0")],
  ["another order", example.replace("m=19456,t=2", "t=2,m=19456")],
  ["a further parameter", example.replace("p=1", "p=1,keyid=AAAA")],
  ["less memory than its lanes need", example.replace("m=19456", "m=7")],
  ["more memory than Argon2 has", example.replace("m=19456", "m=4294967296")],
  ["padding", `${example}=`],
  ["trailing bits", example.replace(/E$/, "F")],
  ["the URL alphabet", example.replace("/", "_")],
  ["a tag of eight bytes", example.replace(/\$[^$]*$/, "$AAAAAAAAAAA")],
  ["a line break", `${example}\n`],
] as const) {
  test(`a hash with ${what} is refused`, () => {
    assert.notEqual(text, example);
    assert.equal(parsePhc(text), undefined);
  });
}

test("a cost is at most another where no part of it is above", () => {
  const limit = { memoryKib: 1024, time: 3, parallelism: 2 };
  assert.ok(isAtMost(limit, limit));
  assert.ok(!isAtMost({ ...limit, memoryKib: 1025 }, limit));
  assert.ok(!isAtMost({ ...limit, time: 4 }, limit));
  assert.ok(!isAtMost({ ...limit, parallelism: 3 }, limit));
});
