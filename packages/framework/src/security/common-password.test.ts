import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isCommonPassword } from "./common-password.ts";

for (const password of [
  "password",
  "PassWord123",
  "P@ssw0rd",
  "letmein1",
  "iloveyou",
  "1q2w3e4r",
  "12345678",
  "87654321",
  "90123456",
  "aaaaaaaa",
  "        ",
  "abababab",
  "abcabcabc",
  "12341234",
  "testtest",
  "abcdefgh",
  "hgfedcba",
  "qwertyui",
  "poiuytre",
  "abcd1234",
  "qwerty!!",
  "aaaa1111",
])
  test(`${JSON.stringify(password)} is guessed first`, () => {
    assert.equal(isCommonPassword(password), true);
  });

for (const password of [
  "secure123",
  "correct horse battery staple",
  "x7!fQ2m#",
  "a1b2c3d5",
  "Tr0ub4dor&3",
  "mañana-azul-9",
  "секретное слово",
  "パスワードではない",
  "🦀🐙🦊🦉",
  "135792468x",
])
  test(`${JSON.stringify(password)} is not`, () => {
    assert.equal(isCommonPassword(password), false);
  });

test("case makes no difference", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme-ascii", maxLength: 40 }), (text) => {
      assert.equal(isCommonPassword(text.toUpperCase()), isCommonPassword(text.toLowerCase()));
    }),
    { seed: 4 },
  );
});

test("a piece of up to four characters said again and again is common, whatever it is", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 4 }), fc.integer({ min: 2, max: 30 }), (piece, times) => {
      assert.equal(isCommonPassword(piece.repeat(times)), true);
    }),
    { seed: 5 },
  );
});

test("random passwords are not common", () => {
  const alphabet = fc.constantFrom(..."bcdfghjkmnpqrstvwxyzBCDFGHJKMNPQRSTVWXYZ23456789");
  fc.assert(
    fc.property(fc.array(alphabet, { minLength: 16, maxLength: 16 }), (letters) => {
      fc.pre(new Set(letters).size > 8);
      assert.equal(isCommonPassword(letters.join("")), false);
    }),
    { seed: 6, numRuns: 500 },
  );
});

test("a long password is answered in a time that grows with its length alone", () => {
  assert.equal(isCommonPassword(`${"ab".repeat(2000)}c`), false);
});
