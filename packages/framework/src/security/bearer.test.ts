import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { frameworkError } from "../error/index.ts";
import { bearerChallenge, bearerToken } from "./bearer.ts";

/** Any UTF-16, half surrogate pairs too. */
const anyText = fc.string({ unit: fc.nat({ max: 0xffff }).map((unit) => String.fromCharCode(unit)) });

test("the token follows the scheme, whose case does not matter, after one space or more", () => {
  for (const field of ["Bearer abc.def", "bearer abc.def", "BEARER   abc.def"]) assert.equal(bearerToken(field), "abc.def");
});

test("no field, and the field of another scheme, is nobody", () => {
  for (const field of [null, "", "Basic dXNlcjpwYXNz", "Bearers abc", "Bearer\tabc", "abc.def", " Bearer abc"])
    assert.throws(() => bearerToken(field), { reason: "UNAUTHORIZED" });
});

test("the scheme without a token is a bad token", () => {
  for (const field of ["Bearer", "bearer ", "Bearer    "]) assert.throws(() => bearerToken(field), { reason: "INVALID_TOKEN" });
});

test("what two fields are joined to is left to the verifier, whole", () => {
  assert.equal(bearerToken("Bearer abc, Bearer def"), "abc, Bearer def");
});

test("any text gives a token, nobody or a bad token", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        anyText,
        fc.string().map((rest) => `bearer ${rest}`),
      ),
      (field) => {
        try {
          const token = bearerToken(field);
          assert.ok(token !== "" && !token.startsWith(" ") && field.endsWith(token));
        } catch (error) {
          assert.match(String((error as { reason?: string }).reason), /^(UNAUTHORIZED|INVALID_TOKEN)$/);
        }
      },
    ),
    { seed: 17 },
  );
});

test("every 401 has a challenge, which tells of a token only where one came; other errors have none", () => {
  assert.equal(bearerChallenge(frameworkError("UNAUTHORIZED", "")), "Bearer");
  assert.match(bearerChallenge(frameworkError("INVALID_TOKEN", "")) ?? "", /^Bearer error="invalid_token", error_description="[^"\\]+"$/);
  assert.match(bearerChallenge(frameworkError("TOKEN_EXPIRED", "")) ?? "", /error="invalid_token".*expired/);
  assert.equal(bearerChallenge({ http: 401, reason: "INVALID_CREDENTIALS" }), "Bearer");
  assert.equal(bearerChallenge(frameworkError("FORBIDDEN", "")), undefined);
});
