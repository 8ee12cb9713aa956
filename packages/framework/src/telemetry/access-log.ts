import type { Interceptor } from "@connectrpc/connect";
import type { Call } from "../rpc/call.ts";
import { callOf } from "../rpc/call.ts";
import { operationName } from "../rpc/contract.ts";
import { toArcanaError } from "../rpc/errors.ts";
import type { Logger, LogLevel } from "./log.ts";
import type { CallObserver, Failure, Outcome } from "./observe.ts";

export interface AccessLogOptions {
  /** From which duration on a unary call is slow, in milliseconds. Default: 1000. */
  readonly slowMs?: number;
}

export type LineLevel = Exclude<LogLevel, "silent">;

/**
 * The level of each outcome. What goes well is `debug`, so that at the default level the common case costs no line. Whatever
 * a client did wrong or was refused is `info`; what the server could not do is `warn`; its own faults, with their stack, `error`.
 */
export const outcomeLevels: Readonly<Record<Outcome, LineLevel>> = {
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
 * headers and tokens are never in it.
 */
export function accessLog(log: Logger, { slowMs = 1000 }: AccessLogOptions = {}): CallObserver {
  return {
    ended({ method, stream }, call, { failure, durationMs }) {
      const slow = !stream && durationMs >= slowMs;
      if (failure === undefined && !slow && !log.enabled("debug")) return;
      const { code, reason, level, err } = verdict(failure, slow);
      log[level](
        {
          ...idsOf(call),
          operation: operationName(method),
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
    },
  };
}

/** Has all lines that are written while a call runs carry its request and trace id. */
export function carryIds(log: Logger): Interceptor {
  return (next) => (request) => log.within(idsOf(callOf(request)), () => next(request));
}

function idsOf({ requestId, traceId }: Call): { readonly request_id: string; readonly trace_id: string } {
  return { request_id: requestId, trace_id: traceId };
}

interface Verdict {
  readonly code: Outcome;
  readonly reason?: string;
  readonly level: LineLevel;
  /** Set where the fault is ours. */
  readonly err?: unknown;
}

function verdict(failure: Failure | undefined, slow: boolean): Verdict {
  if (failure === undefined) return { code: "ok", level: slow ? "info" : outcomeLevels.ok };
  const error = toArcanaError(failure.thrown);
  const level = outcomeLevels[error.code];
  return { code: error.code, reason: error.reason, level, ...(level === "error" && { err: failure.thrown }) };
}
