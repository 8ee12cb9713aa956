import assert from "node:assert/strict";
import { test } from "node:test";
import { sampleId } from "../domain/testing/samples.ts";
import type { UserId } from "../domain/user.ts";
import type { GuessSubject } from "./guess-limits.ts";
import { createFindGuessLimits } from "./guess-limits.ts";
import { fakeThrottlePolicy } from "./testing/fakes.ts";

const policies = { account: fakeThrottlePolicy(1), address: fakeThrottlePolicy(2) };

/** The keys, where the networks are known. */
async function keysOf(subject: GuessSubject, ...known: readonly string[]): Promise<readonly string[]> {
  const sessions = { isKnownNetwork: async (_: unknown, network: string) => known.includes(network) };
  const { account, all } = await createFindGuessLimits({ sessions, policies })(subject, undefined);
  assert.equal(all[0], account);
  assert.deepEqual(
    all.map(({ policy }) => policy),
    [policies.account, policies.address].slice(0, all.length),
  );
  return all.map(({ key }) => key);
}

test("strangers share the account's counter, and each known network has one of its own", async () => {
  const ann = (ipAddress: string) => ({ login: "ann", ipAddress });
  const [one, other] = [await keysOf(ann("192.0.2.1"), "198.51.100.1"), await keysOf(ann("192.0.2.2"), "198.51.100.1")];
  assert.equal(one[0], other[0]);
  assert.notEqual(one[1], other[1]);
  const known = await keysOf(ann("198.51.100.1"), "198.51.100.1", "203.0.113.1");
  assert.notEqual(known[0], one[0]);
  assert.notEqual(known[0], (await keysOf(ann("203.0.113.1"), "198.51.100.1", "203.0.113.1"))[0]);
});

test("the addresses of one network are one", async () => {
  const at = (ipAddress: string) => ({ login: "ann", ipAddress });
  assert.deepEqual(await keysOf(at("2001:db8::1")), await keysOf(at("2001:db8::ff")));
  const network = "2001:db8:0:0::/64";
  assert.deepEqual(await keysOf(at("2001:db8::1"), network), await keysOf(at("2001:db8::ff"), network));
});

test("accounts are told apart without case and without blanks around, and a login is told from a change of password", async () => {
  const at = { ipAddress: undefined };
  assert.deepEqual(await keysOf({ login: " ANN ", ...at }), await keysOf({ login: "ann", ...at }));
  assert.notDeepEqual(await keysOf({ login: "bob", ...at }), await keysOf({ login: "ann", ...at }));
  const id = sampleId(1);
  assert.notDeepEqual(await keysOf({ id: id as UserId, ...at }), await keysOf({ login: id, ...at }));
});

test("what was typed as a name is in no key, and a key is short whatever was typed", async () => {
  const typed = `my password ${"x".repeat(300)}`;
  const address = "2001:db8:ffff:ffff::1";
  for (const key of await keysOf({ login: typed, ipAddress: address }, "2001:db8:ffff:ffff::/64")) {
    assert.ok(!key.includes("my password"), key);
    assert.ok(key.length <= 120, key);
  }
});
