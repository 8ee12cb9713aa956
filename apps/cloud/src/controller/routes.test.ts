import assert from "node:assert/strict";
import { test } from "node:test";
import { mostMessageBytes, servicesOf } from "@arcana/framework/rpc";
import { createWorld } from "../service/testing/world.ts";
import { createRoutes, publicContracts } from "./routes.ts";
import { allReady } from "./testing/client.ts";

test("every public contract is served, whole", () => {
  const world = createWorld();
  const routes = createRoutes({ auth: world.auth, users: world.admin, health: { version: "1", readiness: allReady } });
  assert.deepEqual(servicesOf(routes), publicContracts);
  routes({
    handlers: [],
    service(service, implementation) {
      for (const { localName } of service.methods)
        assert.equal(typeof (implementation as Record<string, unknown>)[localName], "function", `${service.typeName}/${localName}`);
      return this;
    },
    rpc() {
      return this;
    },
  });
});

test("every public request has a longest form: a field without one would let bodies of megabytes in", () => {
  const unbounded = publicContracts.flatMap(({ methods }) => methods.filter(({ input }) => mostMessageBytes(input) === undefined));
  assert.deepEqual(unbounded.map(String), []);
});
