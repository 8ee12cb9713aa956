import assert from "node:assert/strict";
import { test } from "node:test";
import { compareAddresses, createResolver } from "./resolver.ts";
import { parseTarget } from "./target.ts";

test("a name is looked up each time, an address never", async () => {
  let asked = 0;
  const lookup = async (host: string) => {
    assert.equal(host, "users");
    return [{ address: "10.0.0.1" }, { address: `10.0.0.${++asked + 1}` }];
  };
  const named = createResolver(parseTarget("dns:///users:5"), lookup);
  assert.equal(named.canChange, true);
  assert.deepEqual(await named.resolve(), [
    { host: "10.0.0.1", port: 5 },
    { host: "10.0.0.2", port: 5 },
  ]);
  assert.deepEqual((await named.resolve())[1], { host: "10.0.0.3", port: 5 });
  const known = createResolver(parseTarget("http://10.1.1.1:5"), lookup);
  assert.deepEqual([known.canChange, await known.resolve(), asked], [false, [{ host: "10.1.1.1", port: 5 }], 2]);
});

test("two lists of addresses differ by what was added and what was removed", () => {
  const found = [
    { host: "b", port: 1 },
    { host: "c", port: 1 },
    { host: "c", port: 1 },
  ];
  assert.deepEqual(compareAddresses(["a:1", "b:1"], found), { added: [{ host: "c", port: 1 }], removed: ["a:1"] });
  assert.deepEqual(compareAddresses(["b:1", "c:1"], found), { added: [], removed: [] });
});
