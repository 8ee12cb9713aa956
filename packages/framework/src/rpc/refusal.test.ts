/** What no interceptor sees is told of, once, whichever way it came. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import type { ConnectRouter, Interceptor } from "@connectrpc/connect";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { operationsOf } from "./contract.ts";
import { createDispatch } from "./dispatch.ts";
import { createGrpcServer } from "./grpc/server.ts";
import { createHttpServer } from "./http-server.ts";
import type { Refusal } from "./refusal.ts";
import { contractFixture } from "./validate/testing/contract-fixture.ts";

const post = (path: string): JsonObject => ({ "[google.api.http]": { post: path, body: "*" } });

const things = contractFixture({
  package: "refusal.v1",
  messages: {
    Empty: {},
    Thing: { fields: { id: "string", count: { type: "int32", options: { "[buf.validate.field]": { int32: { gt: 5 } } } } } },
  },
  services: {
    Things: {
      Make: { input: "Thing", output: "Empty", options: post("/v1/things") },
      Mend: { input: "Thing", output: "Empty", options: post("/v1/things/{id}:mend") },
      Burn: { input: "Thing", output: "Empty", options: post("/v1/things/{id}:burn") },
    },
  },
}).service("Things");

async function serve(context: TestContext) {
  const refused: string[] = [];
  const seen: string[] = [];
  const ids: string[] = [];
  const onRefused = ({ method, protocol, error, requestId, address }: Refusal): void => {
    assert.equal(address, "127.0.0.1");
    ids.push(requestId);
    refused.push(`${protocol} ${method.name} ${error.reason}`);
  };
  const interceptors: Interceptor[] = [
    (next) => (request) => {
      seen.push(request.method.name);
      return next(request);
    },
  ];
  const routes = (router: ConnectRouter): void => {
    const answer = async () => ({});
    router.service(things, { make: answer, mend: answer, burn: answer } as never);
  };
  const local = { host: "127.0.0.1", port: 0, routes, interceptors, onRefused };
  const onFault = (): never => assert.fail("no fault");
  const operations = operationsOf([things]);
  const http = createHttpServer({ ...local, operations, dispatch: createDispatch(routes, interceptors), maxBodyBytes: 100, onFault });
  const grpc = createGrpcServer({ ...local, maxMessageBytes: 100 });
  await Promise.all([http.listen(), grpc.listen()]);
  context.after(() => Promise.all([http.close(), grpc.close()]));
  return { refused, seen, ids, rest: http.address().port, grpc: grpc.address().port };
}

const json = { "content-type": "application/json" };

interface Sent {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

const frame = (...bytes: readonly number[]) => Uint8Array.from([0, 0, 0, 0, bytes.length, ...bytes]);
const connectPath = "/refusal.v1.Things/Make";
const web = { "content-type": "application/grpc-web+proto" };

const cases: Readonly<Record<string, readonly [Sent, string | undefined]>> = {
  "JSON that is none": [{ path: "/v1/things", body: "{" }, "rest Make INVALID_JSON"],
  "a field of the wrong type": [{ path: "/v1/things", body: '{"count":"x"}' }, "rest Make INVALID_ARGUMENT"],
  "a body that is too large": [{ path: "/v1/things", body: JSON.stringify({ id: "x".repeat(100) }) }, "rest Make PAYLOAD_TOO_LARGE"],
  "another content type": [
    { path: "/v1/things", headers: { "content-type": "text/plain" }, body: "x" },
    "rest Make UNSUPPORTED_MEDIA_TYPE",
  ],
  "a compressed body": [
    { path: "/v1/things", headers: { ...json, "content-encoding": "gzip" }, body: "x" },
    "rest Make UNSUPPORTED_MEDIA_TYPE",
  ],
  "one of two operations at a wildcard": [{ path: "/v1/things/7:mend", body: "{" }, "rest Mend INVALID_JSON"],
  "the other of them": [{ path: "/v1/things/7:burn", body: "{" }, "rest Burn INVALID_JSON"],
  "neither of them": [{ path: "/v1/things/7:lose", body: "{" }, undefined],
  "no operation": [{ path: "/v1/nothing", body: "{" }, undefined],
  "Connect's JSON": [{ path: connectPath, body: "{" }, "connect Make INVALID_JSON"],
  "Connect's protobuf": [
    { path: connectPath, headers: { "content-type": "application/proto" }, body: Uint8Array.of(255) },
    "connect Make INVALID_ARGUMENT",
  ],
  "too much for Connect": [{ path: connectPath, body: JSON.stringify({ id: "x".repeat(100) }) }, "connect Make PAYLOAD_TOO_LARGE"],
  "a content type that Connect does not know": [
    { path: connectPath, headers: { "content-type": "text/html" }, body: "x" },
    "connect Make UNSUPPORTED_MEDIA_TYPE",
  ],
  "gRPC on the port of REST": [
    { path: connectPath, headers: { "content-type": "application/grpc" }, body: "x" },
    "connect Make UNSUPPORTED_MEDIA_TYPE",
  ],
  "another method on Connect's path": [{ path: connectPath, method: "PUT", body: "{}" }, "connect Make METHOD_NOT_ALLOWED"],
  "gRPC-Web's protobuf": [{ path: connectPath, headers: web, body: frame(255) }, "grpc-web Make INVALID_ARGUMENT"],
  "a frame of gRPC-Web that is too large": [
    { path: connectPath, headers: web, body: Uint8Array.of(0, 255, 0, 0, 0) },
    "grpc-web Make PAYLOAD_TOO_LARGE",
  ],
};

for (const [name, [sent, expected]] of Object.entries(cases)) {
  test(`${name}: told of ${expected === undefined ? "not at all" : "once"}, and no interceptor saw it`, async (context) => {
    const { refused, seen, ids, rest } = await serve(context);
    const { path, headers = json, method = "POST", body = "" } = sent;
    const response = await fetch(`http://127.0.0.1:${rest}${path}`, { method, headers, body });
    await response.arrayBuffer();
    assert.deepEqual([refused, seen], [expected === undefined ? [] : [expected], []]);
    if (expected !== undefined) assert.deepEqual(ids, [response.headers.get("x-request-id")]);
  });
}

test("what gRPC refuses is told of, also a message larger than the limit", async (context) => {
  const { refused, seen, grpc } = await serve(context);
  const client = createClient(things, createGrpcTransport({ baseUrl: `http://127.0.0.1:${grpc}` })) as unknown as Record<
    string,
    (request: object, options?: object) => Promise<unknown>
  >;
  await assert.rejects(async () => client.make?.({ id: "x".repeat(200) }));
  await assert.rejects(async () => client.mend?.({}, { headers: { "grpc-timeout": "soon" } }));
  assert.deepEqual([refused, seen], [["grpc Make PAYLOAD_TOO_LARGE", "grpc Mend INVALID_ARGUMENT"], []]);
});

test("what interceptors saw is theirs to tell of, however it ended", async (context) => {
  const { refused, seen, rest } = await serve(context);
  for (const path of ["/v1/things", "/v1/things/7:mend", connectPath]) {
    const response = await fetch(`http://127.0.0.1:${rest}${path}`, { method: "POST", headers: json, body: "{}" });
    assert.equal(response.status, 200);
  }
  assert.deepEqual([refused, seen], [[], ["Make", "Mend", "Make"]]);
});
