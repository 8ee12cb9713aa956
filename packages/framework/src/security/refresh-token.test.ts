import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { hashRefreshToken, newRefreshToken } from "./refresh-token.ts";

/** Any UTF-16, half surrogate pairs too. */
const anyText = fc.string({ unit: fc.nat({ max: 0xffff }).map((unit) => String.fromCharCode(unit)) });

test("a refresh token is 256 random bits behind a prefix, and is found by its hash", () => {
  const { token, hash } = newRefreshToken();
  assert.match(token, /^art_[A-Za-z0-9_-]{43}$/);
  assert.equal(Buffer.from(token.slice(4), "base64url").length, 32);
  assert.equal(hash, createHash("sha256").update(token).digest("hex"));
  assert.equal(hashRefreshToken(token), hash);
  assert.notEqual(newRefreshToken().token, token);
});

test("whatever is no refresh token is refused before it is looked up", () => {
  const { token } = newRefreshToken();
  const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  for (const wrong of ["", jwt, token.slice(4), token.toUpperCase(), `${token}=`, `${token}\n`, token.slice(0, -1), `${token}A`])
    assert.throws(() => hashRefreshToken(wrong), { reason: "INVALID_TOKEN", message: "the refresh token is not valid" });
});

test("a token has one spelling", () => {
  const zeros = `art_${"A".repeat(43)}`;
  assert.equal(hashRefreshToken(zeros).length, 64);
  for (const twin of ["B", "C", "D"]) assert.throws(() => hashRefreshToken(zeros.slice(0, -1) + twin), { reason: "INVALID_TOKEN" });
});

test("any text is hashed or refused", () => {
  fc.assert(
    fc.property(fc.oneof(anyText, fc.stringMatching(/^art_[\w-]{43}$/)), (text) => {
      try {
        assert.match(hashRefreshToken(text), /^[0-9a-f]{64}$/);
      } catch (error) {
        assert.equal((error as { reason?: string }).reason, "INVALID_TOKEN");
      }
    }),
    { seed: 14 },
  );
});
