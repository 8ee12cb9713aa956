import assert from "node:assert/strict";
import { test } from "node:test";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import { ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { ArcanaError } from "../error/index.ts";
import { RuleSchema } from "../gen/arcana/access/v1/access_pb.ts";
import { Health, HealthCheckResponse_ServingStatus as Status } from "../gen/grpc/health/v1/health_pb.ts";
import { setCall } from "../rpc/call.ts";
import type { Operation } from "../rpc/contract.ts";
import { createAccessPolicy } from "./access.ts";
import { createAuthorise } from "./authorise.ts";
import type { Caller } from "./caller.ts";

const policy = createAccessPolicy({ roles: ["user", "admin"], permissions: { user: [], admin: [] } });
const id = "0199a000-0000-7000-8000-00000000000a";
const stranger = "0199a000-0000-7000-8000-00000000000b";
const caller = (userId: string, role = "user"): Caller => ({ userId, role, sessionId: "s", tokenId: "t", expiresAtMs: 1 });

type Allow = NonNullable<MessageInitShape<typeof RuleSchema>["allow"]>;
const ownerOrAdmin: Allow = { case: "owner", value: { field: "service", or: { case: "role", value: "admin" } } };
const adminOnly: Allow = { case: "role", value: "admin" };

const operation = (method: Operation["method"], allow: Allow): Operation => ({
  name: `grpc.health.v1.Health/${method.name}`,
  method,
  rule: create(RuleSchema, { allow }),
  bindings: [],
  successStatus: 200,
  bare: false,
});

const bothUnder = (allow: Allow) => [operation(Health.method.check, allow), operation(Health.method.watch, allow)];

/** A server that runs the interceptor under the real runtime of Connect, and how often its handlers were reached. */
function serve(who: Caller | undefined, operations: readonly Operation[]) {
  const authorise = createAuthorise({ operations, policy });
  const identify: Interceptor = (next) => (request) => {
    setCall(request.contextValues, { requestId: "r", traceId: "r", protocol: "grpc", address: "", userAgent: "", caller: who });
    return next(request);
  };
  /** Connect hides what is no ConnectError; the reason is carried over for the tests to see. */
  const reveal: Interceptor = (next) => async (request) => {
    try {
      return await next(request);
    } catch (error) {
      throw error instanceof ArcanaError ? new ConnectError(error.reason) : error;
    }
  };
  let reached = 0;
  const transport = createRouterTransport(
    ({ service }) =>
      service(Health, {
        check() {
          reached += 1;
          return { status: Status.SERVING };
        },
        async *watch() {
          reached += 1;
          yield { status: Status.SERVING };
        },
      }),
    { router: { interceptors: [reveal, identify, authorise] } },
  );
  const client = createClient(Health, transport);
  const settle = async (work: () => Promise<unknown>) => {
    try {
      await work();
      return "allowed";
    } catch (error) {
      return ConnectError.from(error).rawMessage;
    }
  };
  return {
    check: (service: string) => settle(() => client.check({ service })),
    watch: (service: string) =>
      settle(async () => {
        for await (const { status } of client.watch({ service })) assert.equal(status, Status.SERVING);
      }),
    reached: () => reached,
  };
}

for (const [who, allow, service, outcome] of [
  [undefined, adminOnly, id, "UNAUTHORIZED"],
  [caller(id), adminOnly, id, "FORBIDDEN"],
  [caller(id, "admin"), adminOnly, id, "allowed"],
  [undefined, ownerOrAdmin, id, "UNAUTHORIZED"],
  [caller(id), ownerOrAdmin, id, "allowed"],
  [caller(stranger), ownerOrAdmin, id, "FORBIDDEN"],
  [caller(stranger, "admin"), ownerOrAdmin, id, "allowed"],
  [undefined, { case: "public", value: true }, id, "allowed"],
  [undefined, { case: "authenticated", value: true }, id, "UNAUTHORIZED"],
  [caller(id, "unheard-of"), { case: "authenticated", value: true }, id, "allowed"],
  [caller(id, "admin"), { case: "peer", value: "controller" }, id, "FORBIDDEN"],
] as const satisfies readonly (readonly [Caller | undefined, Allow, string, string])[])
  test(`under the rule ${allow.case} ${who === undefined ? "nobody" : `${who.role} ${who.userId.slice(-1)}`} is ${outcome}, on unary and streaming calls`, async () => {
    const server = serve(who, bothUnder(allow));
    assert.equal(await server.check(service), outcome);
    assert.equal(server.reached(), outcome === "allowed" ? 1 : 0);
    assert.equal(await server.watch(service), outcome);
    assert.equal(server.reached(), outcome === "allowed" ? 2 : 0);
  });

test("an operation that is not known is forbidden, even to the highest role", async () => {
  const server = serve(caller(id, "admin"), [operation(Health.method.check, { case: "public", value: true })]);
  assert.equal(await server.watch(id), "FORBIDDEN");
  assert.equal(server.reached(), 0);
  assert.equal(await server.check(id), "allowed");
});

test("operations whose rule is missing or wrong are all named when the interceptor is made", () => {
  const ruleless = { ...operation(Health.method.check, adminOnly), rule: undefined };
  const wrong = operation(Health.method.watch, { case: "role", value: "root" });
  assert.throws(() => createAuthorise({ operations: [ruleless, wrong], policy }), /Health\/Check: .*\n.*Health\/Watch: .*root/);
});
