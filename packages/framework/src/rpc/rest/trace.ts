import type { IncomingHttpHeaders } from "node:http";
import type { TraceContext } from "../trace-context.ts";
import { parseTraceparent } from "../trace-context.ts";

/** The trace that the client's request belongs to, where it says so in a valid `traceparent`. */
export function traceOf(headers: IncomingHttpHeaders): TraceContext | undefined {
  const { traceparent } = headers;
  return typeof traceparent === "string" ? parseTraceparent(traceparent) : undefined;
}

/** What a request is found by in logs and traces: the id of its trace, else its own. */
export function traceIdOf({ id, headers }: { readonly id: string; readonly headers: IncomingHttpHeaders }): string {
  return traceOf(headers)?.traceId ?? id;
}
