import assert from "node:assert/strict";
import { test } from "node:test";
import { isLoopback } from "./http-route.ts";

test("addresses of this machine are told from all others", () => {
  for (const address of ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"]) assert.equal(isLoopback(address), true, address);
  for (const address of ["10.0.0.1", "1127.0.0.1", "::", "::12", "fe80::1", "::ffff:10.127.0.1", "", undefined])
    assert.equal(isLoopback(address), false, String(address));
});
