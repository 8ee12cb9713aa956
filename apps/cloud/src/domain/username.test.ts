import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseEmail } from "./email.ts";
import { findUsername, parseUsername, usernameFrom, usernameKey, withSuffix } from "./username.ts";

test("a username has a letter first, then letters, digits, dots, hyphens and underscores", () => {
  for (const text of ["abc", "A.b-c_9", "z".repeat(64)]) assert.equal(parseUsername(text), text);
  for (const text of ["", "ab", "1ab", "_ab", "a b", "a@b", "äbc", "abc\n", "z".repeat(65)]) {
    assert.throws(() => parseUsername(text), { reason: "VALIDATION_ERROR" }, text);
    assert.equal(findUsername(text), undefined, text);
  }
});

test("usernames are compared without case", () => {
  assert.equal(usernameKey(parseUsername("Ann")), usernameKey(parseUsername("aNN")));
});

test("a username is made from what a mail address has before the @", () => {
  const expected = {
    "user@example.com": "user",
    "Ann.Lee@example.com": "Ann.Lee",
    "ann+news@example.com": "ann",
    "jürgen@example.com": "jurgen",
    "o'brien@example.com": "o.brien",
    "a@example.com": "user.a",
    "42@example.com": "user.42",
    "+tag@example.com": "user",
    "_.-@example.com": "user",
    "岩@example.com": "user",
    "-ann-@example.com": "ann",
  };
  for (const [email, username] of Object.entries(expected)) assert.equal(usernameFrom(parseEmail(email)), username, email);
});

test("a username can be made from every mail address, with and without a suffix", () => {
  const local = fc.stringMatching(/^[^\s@\p{Cc}]{1,64}$/u);
  fc.assert(
    fc.property(local, (text) => {
      const username = usernameFrom(parseEmail(`${text}@x.org`));
      assert.equal(parseUsername(username), username);
      assert.equal(withSuffix(username, "0badcafe"), `${username}-0badcafe`);
    }),
    { seed: 20260101, numRuns: 500 },
  );
});

test("a suffix never makes a name too long", () => {
  assert.equal(withSuffix(parseUsername("z".repeat(64)), "12"), `${"z".repeat(61)}-12`);
});
