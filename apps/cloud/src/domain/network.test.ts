import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { networkOf } from "./network.ts";

test("an IPv4 address is one client, however an IPv6 socket writes it", () => {
  for (const address of ["192.0.2.1", "::ffff:192.0.2.1", "::FFFF:c000:0201"]) assert.equal(networkOf(address), "192.0.2.1", address);
});

test("the IPv6 addresses of one /64 are one client, whatever their spelling", () => {
  for (const address of ["2001:db8:0:1::5", "2001:DB8::1:0:0:0:6", "2001:0db8:0000:0001:ffff:ffff:ffff:ffff"])
    assert.equal(networkOf(address), "2001:db8:0:1::/64", address);
  assert.notEqual(networkOf("2001:db8:0:2::5"), networkOf("2001:db8:0:1::5"));
  assert.equal(networkOf("fe80::1%eth0"), "fe80:0:0:0::/64");
  assert.equal(networkOf("::1"), "0:0:0:0::/64");
});

test("the port that some proxies write behind the address makes no other client", () => {
  for (const port of [1, 50_000, 65_535]) {
    assert.equal(networkOf(`192.0.2.1:${port}`), "192.0.2.1");
    assert.equal(networkOf(`[2001:db8:0:1::5]:${port}`), "2001:db8:0:1::/64");
  }
  assert.equal(networkOf("[2001:db8:0:1::5]"), "2001:db8:0:1::/64");
});

test("what is no address stands for itself", () => {
  for (const text of ["", "unknown", "g::1", "1:2", "::1/x"]) assert.equal(networkOf(text), text);
});

test("the host's half of an address makes no difference, the network's does", () => {
  fc.assert(
    fc.property(fc.ipV6(), fc.ipV6(), (one, other) => {
      const same = networkOf(one) === networkOf(other);
      const prefix = (address: string) => fullGroups(address).slice(0, 4).join(":");
      if (!/\./.test(one + other)) assert.equal(same, prefix(one) === prefix(other));
    }),
    { seed: 20260101, numRuns: 500 },
  );
});

function fullGroups(address: string): readonly string[] {
  const halves = address.split("::").map((half) => half.split(":").filter((group) => group !== ""));
  const [before = [], after = []] = halves;
  return [...before, ...Array<string>(8 - before.length - after.length).fill("0"), ...after].map((group) =>
    Number.parseInt(group, 16).toString(16),
  );
}
