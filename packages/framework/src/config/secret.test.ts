import assert from "node:assert/strict";
import { test } from "node:test";
import { format, inspect } from "node:util";
import { Secret } from "./secret.ts";

test("a secret shows its value when it is asked to, and in no other way", () => {
  const secret = new Secret("hunter2hunter2");
  assert.equal(secret.reveal(), "hunter2hunter2");
  const shown = [
    `${secret}`,
    String(secret),
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ deep: { secret } }, { showHidden: true }),
    format("%s %o %O %j", secret, secret, secret, secret),
    JSON.stringify(Object.entries(secret)),
    inspect(structuredClone({ secret })),
  ];
  for (const text of shown) assert.doesNotMatch(text, /hunter2/);
  for (const text of shown.slice(0, 5)) assert.match(text, /\[redacted\]/);
});

test("a secret cannot be changed", () => {
  assert.throws(() => Object.assign(new Secret("a"), { reveal: () => "b" }), TypeError);
});
