import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePassword } from "./password.ts";

test("a password has 8 to 128 characters and is taken as it is", () => {
  for (const text of ["secure123", "12345678", " padded  ", "😀".repeat(128)]) assert.equal(parsePassword("password", text), text);
  assert.throws(() => parsePassword("new_password", "1234567"), { reason: "VALIDATION_ERROR", message: /^new_password/ });
  assert.throws(() => parsePassword("password", "😀".repeat(129)), { reason: "VALIDATION_ERROR", message: /^password/ });
});

test("a refusal does not repeat the password", () => {
  assert.throws(
    () => parsePassword("password", "hunter2"),
    (error: Error) => !JSON.stringify([error.message, error]).includes("hunter2"),
  );
});
