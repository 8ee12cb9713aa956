import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { createClient, type createContextValues, createRouterTransport } from "@connectrpc/connect";
import fc from "fast-check";
import { ArcanaError, codes, frameworkError, frameworkErrors } from "../error/index.ts";
import { Health } from "../gen/grpc/health/v1/health_pb.ts";
import { setCall } from "./call.ts";
import { toConnectError } from "./connect-error.ts";
import { fromConnectError, toArcanaError } from "./errors.ts";
import { wireErrors } from "./wire-errors.ts";

test("an error goes to Connect's form and back without loss", () => {
  const violation = fc.record({ field: fc.string(), message: fc.string(), code: fc.string() }, { noNullPrototype: true });
  const options = fc.record({
    violations: fc.array(violation),
    retryAfterMs: fc.option(fc.integer({ min: 0, max: 1e9 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(
      fc.constantFrom(...codes),
      fc.string({ minLength: 1 }),
      fc.string(),
      options,
      (code, reason, message, { violations, retryAfterMs }) => {
        const error = new ArcanaError(reason, { code }, message, { violations, ...(retryAfterMs !== undefined && { retryAfterMs }) });
        const back = fromConnectError(toConnectError(error, "request-1"));
        const parts = ({ code, reason, family, http, message, violations, retryAfterMs }: ArcanaError) => ({
          code,
          reason,
          family,
          http,
          message,
          violations,
          retryAfterMs,
        });
        assert.deepEqual(parts(back), parts(error));
      },
    ),
    { seed: 7, numRuns: 200 },
  );
});

test("every reason of the framework keeps its public code and HTTP status over the wire", () => {
  for (const reason of Object.keys(frameworkErrors) as (keyof typeof frameworkErrors)[]) {
    const error = frameworkError(reason, "text");
    const back = fromConnectError(toConnectError(error));
    assert.deepEqual([back.reason, back.family, back.http], [error.reason, error.family, error.http]);
  }
});

test("an unknown error is hidden, and kept for the log", () => {
  const secret = new Error("password=hunter2 at /srv/app.ts");
  const error = toArcanaError(secret);
  assert.equal(error.reason, "INTERNAL_ERROR");
  assert.equal(error.message, "internal error");
  assert.equal(error.cause, secret);
  assert.doesNotMatch(inspect(toConnectError(error).details.map((detail) => ("value" in detail ? detail.value : detail))), /hunter2|srv/);
});

test("every answer over the wire, good or bad, names its request", async () => {
  let fail: Error | undefined;
  const withCall = (next: (request: never) => Promise<never>) => (request: { contextValues: ReturnType<typeof createContextValues> }) => {
    setCall(request.contextValues, {
      requestId: "req-9",
      traceId: "t",
      protocol: "connect",
      address: "",
      userAgent: "",
      caller: undefined,
    });
    return next(request as never);
  };
  const transport = createRouterTransport(
    (router) => {
      router.service(Health, {
        check() {
          if (fail) throw fail;
          return {};
        },
      });
    },
    { router: { interceptors: [withCall as never, wireErrors] } },
  );
  const client = createClient(Health, transport);
  let header: Headers | undefined;
  await client.check(
    {},
    {
      onHeader: (received) => {
        header = received;
      },
    },
  );
  assert.equal(header?.get("x-request-id"), "req-9");
  fail = new Error("inner detail");
  await assert.rejects(client.check({}), (error: never) => {
    const { reason, message } = fromConnectError(error);
    assert.deepEqual([reason, message], ["INTERNAL_ERROR", "internal error"]);
    return true;
  });
  fail = frameworkError("INVALID_TOKEN", "no");
  await assert.rejects(client.check({}), ({ metadata }: { metadata: Headers }) => {
    assert.equal(metadata.get("x-request-id"), "req-9");
    assert.match(metadata.get("www-authenticate") ?? "", /^Bearer error="invalid_token"/);
    return true;
  });
});
