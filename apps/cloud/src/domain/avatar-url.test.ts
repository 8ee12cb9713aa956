import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAvatarUrl } from "./avatar-url.ts";

test("an avatar is an https address as it was written, or none", () => {
  assert.equal(parseAvatarUrl("https://img.example/a.png?s=1"), "https://img.example/a.png?s=1");
  assert.equal(parseAvatarUrl(""), undefined);
});

test("other addresses are refused", () => {
  const long = `https://img.example/${"a".repeat(2048)}`;
  for (const text of [
    "http://img.example/a",
    "javascript:alert(1)",
    "data:image/png;base64,AA",
    "//img.example",
    "https://",
    "https://a b",
    "https://img.example/a\u0000",
    "https://img.example/\u001b[2J",
    long,
  ])
    assert.throws(() => parseAvatarUrl(text), { reason: "VALIDATION_ERROR", message: /^avatar_url/ }, text);
});
