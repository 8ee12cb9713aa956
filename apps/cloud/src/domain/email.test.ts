import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { emailKey, findEmail, localPartOf, parseEmail } from "./email.ts";

test("an address is trimmed, and its domain alone is written in lower case", () => {
  assert.equal(parseEmail("  Ann.Lee@Example.ORG "), "Ann.Lee@example.org");
});

test("addresses are compared without case", () => {
  assert.equal(emailKey(parseEmail("Ann@x.org")), emailKey(parseEmail("aNN@X.org")));
});

test("the part before the @ is told apart", () => {
  assert.equal(localPartOf(parseEmail("ann+tag@x.org")), "ann+tag");
});

test("what is no address is refused with the field's name", () => {
  const long = `${"a".repeat(250)}@x.org`;
  for (const text of ["", "@", "ann", "ann@", "@x.org", "a@b@c", "a b@x.org", "a@x .org", "a\u0000@x.org", "a@x.org\r\nBcc:b", long])
    assert.throws(
      () => parseEmail(text),
      { reason: "VALIDATION_ERROR", violations: [{ field: "email", code: "string.email", message: "must be a mail address" }] },
      text,
    );
});

test("what can be nobody's address is not found", () => {
  assert.equal(findEmail("ann"), undefined);
  assert.equal(findEmail(" ann@X.org "), "ann@x.org");
});

test("an address of 254 characters is the longest", () => {
  const longest = `${"a".repeat(248)}@x.org`;
  assert.equal(parseEmail(longest).length, 254);
  assert.throws(() => parseEmail(`a${longest}`), { reason: "VALIDATION_ERROR" });
});

test("reading an address again changes nothing", () => {
  fc.assert(
    fc.property(fc.emailAddress(), (text) => {
      const once = parseEmail(text);
      assert.equal(parseEmail(once), once);
      assert.equal(emailKey(once), text.toLowerCase());
    }),
    { seed: 20260101, numRuns: 300 },
  );
});
