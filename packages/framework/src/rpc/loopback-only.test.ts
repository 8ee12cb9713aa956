/** Routes that are for this machine alone, on the HTTP port and on a port of their own, behind a proxy and without one. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { createHttpServer } from "./http-server.ts";
import { createPlainServer } from "./plain-server.ts";

const inside = { path: "/inside", loopbackOnly: true, answer: () => ({ status: 200, body: "inside" }) };
const local = { host: "127.0.0.1", port: 0, onFault: (fault: unknown) => assert.fail(String(fault)) };

/** Answers the status for a request with the headers. */
type Ask = (headers?: Readonly<Record<string, string>>) => Promise<number>;

async function httpServer(context: TestContext, trustedProxies: readonly string[]): Promise<Ask> {
  const server = createHttpServer({
    ...local,
    operations: [],
    dispatch: () => assert.fail("no operation is asked for"),
    routes: () => {},
    interceptors: [],
    plainRoutes: [inside],
    trustedProxies,
  });
  await server.listen();
  context.after(() => server.close());
  return asking(server.address().port);
}

async function plainServer(context: TestContext): Promise<Ask> {
  const server = createPlainServer({ ...local, routes: [inside] });
  await server.listen();
  context.after(() => Promise.all([server.drain(), server.close()]));
  return asking(server.address().port);
}

function asking(port: number): Ask {
  return async (headers = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}/inside`, { headers: { connection: "close", ...headers } });
    await response.arrayBuffer();
    return response.status;
  };
}

test("who connects from this machine, and was not forwarded, is served", async (context) => {
  for (const ask of [await httpServer(context, []), await httpServer(context, ["127.0.0.1"]), await plainServer(context)]) {
    assert.equal(await ask(), 200);
  }
});

test("whom a trusted proxy on this machine forwards is judged by the address that it tells", async (context) => {
  const ask = await httpServer(context, ["127.0.0.1"]);
  assert.equal(await ask({ "x-forwarded-for": "8.8.8.8" }), 404);
  assert.equal(await ask({ "x-forwarded-for": "127.0.0.1, 8.8.8.8" }), 404, "what the client itself says is not believed");
  assert.equal(await ask({ forwarded: "for=8.8.8.8" }), 404, "a word in another header tells only that there is somebody");
  assert.equal(await ask({ "x-forwarded-for": "::1" }), 200);
});

test("whom a proxy forwards that nobody trusts is not of this machine", async (context) => {
  for (const ask of [await httpServer(context, []), await plainServer(context)]) {
    assert.equal(await ask({ "x-forwarded-for": "8.8.8.8" }), 404);
    assert.equal(await ask({ forwarded: "for=127.0.0.1" }), 404);
    assert.equal(await ask({ via: "1.1 proxy" }), 404);
  }
});
