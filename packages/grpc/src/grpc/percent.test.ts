import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { percentDecode, percentEncode } from "./percent.ts";

const RUN = { seed: 20_261_122, numRuns: 2000 };
const texts = fc.oneof(fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" }), fc.string());

test("printable ASCII but the percent sign stays as it is", () => {
  for (let code = 0; code < 128; code++) {
    const character = String.fromCharCode(code);
    const hex = code.toString(16).toUpperCase().padStart(2, "0");
    const isPlain = code >= 0x20 && code <= 0x7e && character !== "%";
    assert.equal(percentEncode(character), isPlain ? character : `%${hex}`);
  }
  assert.equal(percentEncode("a\tb é 😀 100%"), "a%09b %C3%A9 %F0%9F%98%80 100%25");
});

test("what was encoded is decoded by this package, by Connect and by grpc-js", () => {
  fc.assert(
    fc.property(texts, (text) => {
      const encoded = percentEncode(text);
      assert.match(encoded, /^[ -~]*$/);
      const expected = text.toWellFormed();
      assert.equal(percentDecode(encoded), expected);
      // Connect calls the one, grpc-js the other.
      assert.equal(decodeURIComponent(encoded), expected);
      assert.equal(decodeURI(encoded), expected);
    }),
    RUN,
  );
});

test("anything is decoded without an error, and what is no escape stands for itself", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[%0-9a-fA-FgG]*$/)), (value) => {
      const decoded = percentDecode(value);
      if (!value.includes("%")) assert.equal(decoded, value);
    }),
    RUN,
  );
  for (const [value, decoded] of [
    ["%", "%"],
    ["100%", "100%"],
    ["%4", "%4"],
    ["%zz%41", "%zzA"],
    ["%4G", "%4G"],
    ["%%41", "%A"],
    ["%e2%82%ac", "€"],
    ["%E2%82", "\ufffd"],
    ["%FF!", "\ufffd!"],
    ["%00", "\0"],
  ] as const) {
    assert.equal(percentDecode(value), decoded, value);
  }
});
