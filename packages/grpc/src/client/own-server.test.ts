import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "@connectrpc/connect";
import { createGrpcServer } from "../server/server.ts";
import { Echo } from "../server/testing/echo-service.ts";
import { createGrpcTransport } from "./transport.ts";

for (const useBinaryFormat of [true, false])
  test(`client and server of this package understand each other, in ${useBinaryFormat ? "protobuf" : "JSON"}`, async (t) => {
    const server = createGrpcServer({ routes: (router) => void router.rpc(Echo.method.say, ({ value }) => ({ value })) });
    const { port } = await server.listen();
    const transport = createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}`, useBinaryFormat });
    t.after(async () => {
      transport.close(0);
      await server.close();
    });
    assert.equal((await createClient(Echo, transport).say({ value: "hällo" }, { timeoutMs: 5000 })).value, "hällo");
  });
