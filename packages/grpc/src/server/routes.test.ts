import assert from "node:assert/strict";
import { test } from "node:test";
import type { HandlerContext } from "@connectrpc/connect";
import { recordRoutes } from "./routes.ts";
import { Echo } from "./testing/echo-service.ts";

test("methods are recorded in their order, without those that have no implementation", () => {
  const found = recordRoutes((router) => void router.service(Echo, { say: () => ({}), chat: async function* () {} }));
  assert.deepEqual(
    [...found.keys()].map(({ name }) => name),
    ["Say", "Chat"],
  );
});

test("an implementation that is a method of an object keeps its this", () => {
  class Greeter {
    readonly greeting = "hello";
    say(): { value: string } {
      return { value: this.greeting };
    }
  }
  const found = recordRoutes((router) => void router.service(Echo, new Greeter()));
  const say = found.get(Echo.method.say);
  assert.deepEqual(say?.({}, {} as HandlerContext), { value: "hello" });
});
