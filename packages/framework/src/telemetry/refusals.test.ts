import assert from "node:assert/strict";
import { test } from "node:test";
import { frameworkError } from "../error/index.ts";
import { Health } from "../gen/grpc/health/v1/health_pb.ts";
import { memoryLogger } from "./memory-log.ts";
import { createMetrics } from "./metrics.ts";
import { refusals } from "./refusals.ts";

const call = { method: Health.method.check, protocol: "grpc", requestId: "r1", traceId: "t1", address: "192.0.2.1" } as const;

test("what is refused unread counts under its operation, protocol and code, and is logged as any other call", () => {
  const metrics = createMetrics();
  const { log, entries } = memoryLogger();
  const onRefused = refusals(metrics, log);
  for (const _ of [1, 2]) onRefused({ ...call, error: frameworkError("INVALID_JSON", "no JSON", { cause: new Error("s3cret") }) });
  assert.match(
    metrics.expose([metrics.read()]),
    /^arcana_rpc_requests_total\{service="grpc.health.v1.Health",method="Check",protocol="grpc",code="invalid_argument"\} 2$/m,
  );
  const [entry] = entries;
  assert.ok(entry);
  const { level, ...line } = entry;
  assert.equal(level, "info");
  assert.deepEqual(
    [line.request_id, line.trace_id, line.operation, line.protocol, line.code, line.reason, line.address],
    ["r1", "t1", "grpc.health.v1.Health/Check", "grpc", "invalid_argument", "INVALID_JSON", "192.0.2.1"],
  );
  assert.doesNotMatch(JSON.stringify(entries), /s3cret/);
});

test("a fault of the server's own is logged with its cause", () => {
  const { log, entries } = memoryLogger();
  const cause = new TypeError("bug");
  refusals(createMetrics(), log)({ ...call, error: frameworkError("INTERNAL_ERROR", "internal error", { cause }) });
  assert.deepEqual([entries.length, entries[0]?.level], [1, "error"]);
  assert.match(JSON.stringify(entries[0]?.err), /bug/);
});
