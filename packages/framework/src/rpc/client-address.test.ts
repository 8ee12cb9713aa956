import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { test } from "node:test";
import type { Interceptor } from "@connectrpc/connect";
import { Health } from "../gen/grpc/health/v1/health_pb.ts";
import { callOf } from "./call.ts";
import { createGrpcServer } from "./grpc/server.ts";
import { begin, connectTo, part } from "./grpc/testing/calls.ts";
import { createHealth } from "./health.ts";
import { createHttpServer } from "./http-server.ts";

const check = `/${Health.typeName}/Check`;

type AddressOf = (forwardedFor: string | undefined) => Promise<string | undefined>;

/** What both servers take for the client's address, when it is 127.0.0.1 that connects. */
async function serve(t: TestContext, trustedProxies: readonly string[]): Promise<readonly AddressOf[]> {
  let address: string | undefined;
  const see: Interceptor = (next) => (request) => {
    address = callOf(request).address;
    return next(request);
  };
  const { routes } = createHealth({ services: [] });
  const common = { routes, interceptors: [see], host: "127.0.0.1", port: 0, trustedProxies };
  const grpc = createGrpcServer({ ...common, maxMessageBytes: 1024 });
  const http = createHttpServer({
    ...common,
    operations: [],
    dispatch: () => assert.fail("nothing of REST is called"),
    onFault: () => assert.fail(),
  });
  for (const server of [grpc, http]) {
    await server.listen();
    t.after(() => server.close());
  }
  const headersOf = (forwardedFor: string | undefined): Record<string, string> =>
    forwardedFor === undefined ? {} : { "x-forwarded-for": forwardedFor };
  return [
    async (forwardedFor) => {
      await using client = connectTo(grpc.address().port);
      const { stream, ended } = begin(client.session, check, headersOf(forwardedFor));
      stream.end(part(0));
      await ended;
      return address;
    },
    async (forwardedFor) => {
      const headers = { "content-type": "application/json", ...headersOf(forwardedFor) };
      await fetch(`http://127.0.0.1:${http.address().port}${check}`, { method: "POST", headers, body: "{}" });
      return address;
    },
  ];
}

const cases: readonly {
  readonly name: string;
  readonly trusted: readonly string[];
  readonly says: string | undefined;
  readonly is: string;
}[] = [
  { name: "nobody is believed where no proxy is trusted", trusted: [], says: "203.0.113.9", is: "127.0.0.1" },
  { name: "a trusted proxy is believed", trusted: ["127.0.0.1"], says: "203.0.113.9", is: "203.0.113.9" },
  { name: "who connects from elsewhere is not", trusted: ["10.0.0.0/8"], says: "203.0.113.9", is: "127.0.0.1" },
  { name: "what stands before the last stranger is made up", trusted: ["127.0.0.1"], says: "198.51.100.1, 203.0.113.9", is: "203.0.113.9" },
  {
    name: "a chain of trusted proxies is followed",
    trusted: ["127.0.0.0/8", "10.0.0.0/8"],
    says: "203.0.113.9, 10.1.2.3",
    is: "203.0.113.9",
  },
  { name: "a proxy that says nothing is the client", trusted: ["127.0.0.1"], says: undefined, is: "127.0.0.1" },
  { name: "a network of IPv6 fits no address of IPv4", trusted: ["fd00::/8", "::1"], says: "203.0.113.9", is: "127.0.0.1" },
];

for (const { name, trusted, says, is } of cases)
  test(`${name}, over gRPC and HTTP alike`, async (t) => {
    for (const addressOf of await serve(t, trusted)) assert.equal(await addressOf(says), is);
  });
