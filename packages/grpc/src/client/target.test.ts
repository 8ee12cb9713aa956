import assert from "node:assert/strict";
import { test } from "node:test";
import { addressKey, parseTarget } from "./target.ts";

test("a URL names scheme, authority and address", () => {
  assert.deepEqual(parseTarget("https://users.example:8443"), {
    scheme: "https",
    authority: "users.example:8443",
    serverName: "users.example",
    address: { host: "users.example", port: 8443 },
    isName: true,
  });
  assert.deepEqual(parseTarget("http://10.0.0.1").address, { host: "10.0.0.1", port: 80 });
  assert.deepEqual(parseTarget("https://users.example").address, { host: "users.example", port: 443 });
});

test("an address needs no lookup", () => {
  assert.equal(parseTarget("http://127.0.0.1:1").isName, false);
  const target = parseTarget("http://[::1]:50051");
  assert.deepEqual([target.isName, target.address, target.authority], [false, { host: "::1", port: 50051 }, "[::1]:50051"]);
});

test("dns:/// is a name in plain text, or over TLS where that is asked for", () => {
  const target = parseTarget("dns:///users:50051");
  assert.deepEqual([target.scheme, target.isName, target.address], ["http", true, { host: "users", port: 50051 }]);
  assert.equal(parseTarget("dns:users:50051", true).scheme, "https");
});

test("a Unix socket is a path", () => {
  assert.deepEqual(parseTarget("unix:/run/a.sock").address, { path: "/run/a.sock" });
  assert.deepEqual(parseTarget("unix:///run/a.sock").address, { path: "/run/a.sock" });
  assert.equal(parseTarget("unix:/run/a.sock").authority, "localhost");
});

test("anything else is refused", () => {
  for (const text of [
    "",
    "users:50051",
    "ftp://a",
    "http://",
    "unix:",
    "http://a/b",
    "http://u:p@a",
    "http://a?b",
    "dns:///",
    "http://a:99999",
  ])
    assert.throws(() => parseTarget(text), TypeError, text);
});

test("addresses are told apart by their key", () => {
  assert.equal(addressKey({ host: "a", port: 1 }), "a:1");
  assert.equal(addressKey({ host: "::1", port: 1 }), "[::1]:1");
  assert.equal(addressKey({ path: "/a" }), "unix:/a");
});
