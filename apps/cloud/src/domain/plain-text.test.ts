import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePlainText } from "./plain-text.ts";

test("text stays as it was written", () => {
  for (const text of ["", "Ann's phone 📱", "  صبا  "]) assert.equal(parsePlainText("reason", text), text);
});

test("control characters are refused, and the field is named", () => {
  for (const control of ["\u0000", "\u0007", "\t", "\n", "\r", "\u001b[2J", "\u007f", "\u0085", "\u009b"])
    assert.throws(() => parsePlainText("device_id", `a${control}b`), {
      reason: "VALIDATION_ERROR",
      violations: [{ field: "device_id", message: "must not hold control characters", code: "string.pattern" }],
    });
});
