import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { Health, HealthCheckRequestSchema, HealthCheckResponse_ServingStatus } from "../gen/grpc/health/v1/health_pb.ts";
import type { Routes } from "./dispatch.ts";
import { createDispatch } from "./dispatch.ts";
import { createGrpcServer } from "./grpc/server.ts";
import { createHttpServer } from "./http-server.ts";

test("fields that the contract does not know are not kept in memory, over no protocol", async () => {
  const kept: unknown[] = [];
  const routes: Routes = (router) =>
    router.service(Health, {
      check(request) {
        kept.push(request.$unknown);
        return { status: HealthCheckResponse_ServingStatus.SERVING };
      },
    });
  const place = { host: "127.0.0.1", port: 0, routes, interceptors: [] };
  const grpc = createGrpcServer({ ...place, maxMessageBytes: 1024 });
  const http = createHttpServer({ ...place, operations: [], dispatch: createDispatch(routes, []), onFault: () => {} });
  await Promise.all([grpc.listen(), http.listen()]);
  const grpcUrl = `http://127.0.0.1:${grpc.address().port}`;
  const httpUrl = `http://127.0.0.1:${http.address().port}`;
  try {
    const unknown = { no: 15, wireType: 0, data: new Uint8Array([0]) };
    const request = { ...create(HealthCheckRequestSchema), $unknown: [unknown] };
    for (const transport of [
      createGrpcTransport({ baseUrl: grpcUrl }),
      createConnectTransport({ baseUrl: httpUrl, httpVersion: "1.1", useBinaryFormat: true }),
      createGrpcWebTransport({ baseUrl: httpUrl, httpVersion: "1.1" }),
    ])
      await createClient(Health, transport).check(request);
    assert.deepEqual(kept, [undefined, undefined, undefined]);
  } finally {
    await Promise.all([grpc.close(), http.close()]);
  }
});
