import type { DescMethod } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import { callOf } from "../rpc/call.ts";
import { operationName } from "../rpc/contract.ts";
import { toArcanaError } from "../rpc/errors.ts";
import type { Failure, Outcome } from "./call-end.ts";
import { followCall } from "./call-end.ts";
import type { Logger, LogLevel } from "./log.ts";

export interface AccessLogOptions {
  /** From which duration on a unary call is slow, in milliseconds. Default: 1000. */
  readonly slowMs?: number;
}

/**
 * The level of each outcome. What goes well is `debug`, so that at the default level the common case costs no line. Whatever
 * a client did wrong or was refused is `info`; what the server could not do is `warn`; its own faults, with their stack, `error`.
 */
const levels: Readonly<Record<Outcome, Exclude<LogLevel, "silent">>> = {
  ok: "debug",
  canceled: "info",
  invalid_argument: "info",
  not_found: "info",
  already_exists: "info",
  permission_denied: "info",
  unauthenticated: "info",
  failed_precondition: "info",
  aborted: "info",
  out_of_range: "info",
  unimplemented: "info",
  resource_exhausted: "info",
  deadline_exceeded: "warn",
  unavailable: "warn",
  unknown: "error",
  internal: "error",
  data_loss: "error",
};

/**
 * Writes one line for each call that fails or is slow (and at `debug` for every other): who, what, how, how long. Bodies,
 * headers and tokens are never in it. All lines that are written while the call runs carry its request and trace id.
 */
export function accessLog(log: Logger, { slowMs = 1000 }: AccessLogOptions = {}): Interceptor {
  const names = new WeakMap<DescMethod, string>();
  const nameOf = (method: DescMethod): string => {
    const name = names.get(method) ?? operationName(method);
    names.set(method, name);
    return name;
  };
  return (next) => (request) => {
    const call = callOf(request);
    const ids = { request_id: call.requestId, trace_id: call.traceId };
    const startedMs = performance.now();
    const ended = (failure?: Failure): void => {
      const durationMs = performance.now() - startedMs;
      const slow = !request.stream && durationMs >= slowMs;
      if (failure === undefined && !slow && !log.enabled("debug")) return;
      const { code, reason, level, err } = verdict(failure, slow);
      log[level](
        {
          ...ids,
          operation: nameOf(request.method),
          protocol: call.protocol,
          code,
          reason,
          duration_ms: Math.round(durationMs * 1000) / 1000,
          address: call.address,
          user_id: call.caller?.userId,
          err,
        },
        slow ? "slow call" : "call",
      );
    };
    return log.within(ids, () => followCall(request, next, ended));
  };
}

interface Verdict {
  readonly code: Outcome;
  readonly reason?: string;
  readonly level: Exclude<LogLevel, "silent">;
  /** Set where the fault is ours. */
  readonly err?: unknown;
}

function verdict(failure: Failure | undefined, slow: boolean): Verdict {
  if (failure === undefined) return { code: "ok", level: slow ? "info" : levels.ok };
  const error = toArcanaError(failure.thrown);
  const level = levels[error.code];
  return { code: error.code, reason: error.reason, level, ...(level === "error" && { err: failure.thrown }) };
}
