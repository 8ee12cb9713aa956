/** What a contract allows at most is the limit, over every protocol. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import type { TestContext } from "node:test";
import { test } from "node:test";
import type { DescMethodUnary, JsonObject } from "@bufbuild/protobuf";
import type { ConnectRouter, Transport } from "@connectrpc/connect";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { operationsOf } from "./contract.ts";
import { createDispatch } from "./dispatch.ts";
import { fromConnectError } from "./errors.ts";
import { createGrpcServer } from "./grpc/server.ts";
import { createHttpServer } from "./http-server.ts";
import { mostMessageBytes } from "./request-size.ts";
import { contractFixture } from "./validate/testing/contract-fixture.ts";

const post = (path: string): JsonObject => ({ "[google.api.http]": { post: path, body: "*" } });

const fixture = contractFixture({
  package: "bound.v1",
  messages: {
    Empty: {},
    Short: { fields: { text: { type: "string", options: { "[buf.validate.field]": { string: { maxLen: "10" } } } } } },
    Free: { fields: { text: "string" } },
  },
  services: {
    Things: {
      Short: { input: "Short", output: "Empty", options: post("/v1/short") },
      Free: { input: "Free", output: "Empty", options: post("/v1/free") },
      Bare: { input: "Free", output: "Empty", options: { "[google.api.http]": { post: "/v1/bare" } } },
    },
  },
});
const things = fixture.service("Things");
const shortBytes = mostMessageBytes(fixture.message("Short")) ?? 0;
const limitBytes = 100_000;

function routes(router: ConnectRouter): void {
  const answer = async () => ({});
  router.service(things, { short: answer, free: answer, bare: answer } as never);
}

async function serve(context: TestContext) {
  const local = { host: "127.0.0.1", port: 0, routes, interceptors: [] };
  const http = createHttpServer({
    ...local,
    operations: operationsOf([things]),
    dispatch: createDispatch(routes, []),
    maxBodyBytes: limitBytes,
    onFault: ({ error }) => assert.fail(String(error)),
  });
  const grpc = createGrpcServer({ ...local, maxMessageBytes: limitBytes });
  await Promise.all([http.listen(), grpc.listen()]);
  context.after(() => Promise.all([http.close(), grpc.close()]));
  const baseUrl = `http://127.0.0.1:${http.address().port}`;
  const transports = [
    createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false }),
    createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: true }),
    createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
    createGrpcTransport({ baseUrl: `http://127.0.0.1:${grpc.address().port}` }),
  ];
  return { ports: { rest: http.address().port }, ways: [rest(baseUrl), ...transports.map(rpc)] };
}

/** Sends the text to the operation; answers `ok` or the reason of the error. */
type Way = (operation: "Short" | "Free", text: string) => Promise<string>;

function rest(baseUrl: string): Way {
  return async (operation, text) => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${baseUrl}/v1/${operation.toLowerCase()}`, { method: "POST", headers, body: JSON.stringify({ text }) });
    const { success, error } = (await response.json()) as { success: boolean; error?: { code: string } };
    return success ? "ok" : String(error?.code);
  };
}

function rpc(transport: Transport): Way {
  const client = createClient(things, transport) as unknown as Record<string, (request: object) => Promise<unknown>>;
  return (operation, text) => {
    const { localName } = things.methods.find(({ name }) => name === operation) as DescMethodUnary;
    return (client[localName]?.({ text }) ?? Promise.reject(new Error("no such method"))).then(
      () => "ok",
      (error) => fromConnectError(error).reason,
    );
  };
}

test("what no rule could let pass is too large, over every protocol, far below the server's limit", async (context) => {
  const { ways } = await serve(context);
  for (const [index, way] of ways.entries()) {
    assert.equal(await way("Short", "x".repeat(shortBytes)), "PAYLOAD_TOO_LARGE", `way ${index}`);
    assert.equal(await way("Short", "x".repeat(shortBytes / 2)), "ok", `way ${index}: to say what is wrong with it is the rule's`);
  }
});

test("where the contract names no bound, the server's limit holds", async (context) => {
  const { ways } = await serve(context);
  for (const [index, way] of ways.entries()) {
    assert.equal(await way("Free", "x".repeat(limitBytes / 2)), "ok", `way ${index}`);
    assert.equal(await way("Free", "x".repeat(limitBytes)), "PAYLOAD_TOO_LARGE", `way ${index}`);
  }
});

test("gRPC is not spoken on the port of REST, though its operations have options of their own", async (context) => {
  const { ports } = await serve(context);
  const headers = { "content-type": "application/grpc" };
  const response = await fetch(`http://127.0.0.1:${ports.rest}/bound.v1.Things/Short`, { method: "POST", headers, body: "x" });
  assert.equal(response.status, 415);
});

test("a body that announces itself as too large is refused before any of it is read, also where none is wanted", async (context) => {
  const { ports } = await serve(context);
  for (const path of ["/v1/short", "/v1/bare", "/bound.v1.Things/Short"]) {
    const socket = connect(ports.rest, "127.0.0.1");
    context.after(() => socket.destroy());
    socket.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${limitBytes - 1}\r\n\r\n`);
    const [answer] = (await once(socket, "data")) as [Buffer];
    // RESOURCE_EXHAUSTED is 429 in Connect.
    assert.match(answer.toString(), path.startsWith("/v1/") ? /^HTTP\/1\.1 413 / : /^HTTP\/1\.1 429 /, path);
  }
});
