import { operationName } from "../rpc/contract.ts";
import type { OnRefused } from "../rpc/refusal.ts";
import { outcomeLevels } from "./access-log.ts";
import type { Logger } from "./log.ts";
import { rpcMetrics } from "./metric-table.ts";
import type { Metrics } from "./metrics.ts";

/**
 * Counts and logs what is refused before interceptors see it: messages that cannot be read, are too large or of another
 * content type. They end in the same counter, and in a line of the same form and level, as all other calls; without a
 * duration, for nothing was run, and without the message.
 */
export function refusals(metrics: Metrics, log: Logger): OnRefused {
  const m = metrics.define(rpcMetrics);
  return ({ method, protocol, error, requestId, traceId, address }) => {
    const { code, reason } = error;
    m.counter("arcana_rpc_requests_total", method.parent.typeName, method.name, protocol, code).inc();
    const level = outcomeLevels[code];
    const line = { request_id: requestId, trace_id: traceId, operation: operationName(method), protocol, code, reason, address };
    log[level](level === "error" ? { ...line, err: error.cause ?? error } : line, "call refused");
  };
}
