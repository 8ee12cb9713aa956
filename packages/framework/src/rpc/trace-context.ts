/** The `traceparent` header of W3C Trace Context (https://www.w3.org/TR/trace-context/). */
import type { IncomingHttpHeaders } from "node:http";

export interface TraceContext {
  /** 32 digits of lower-case hex. */
  readonly traceId: string;
  /** The caller's own span: 16 digits of lower-case hex. */
  readonly parentId: string;
  /** Whether the caller may have recorded the trace. */
  readonly sampled: boolean;
}

/** The fields of version 00; a later version may have more behind another dash (§3.3, "Versioning of traceparent"). */
const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Undefined where the header is not valid: the trace then starts anew. */
export function parseTraceparent(header: string): TraceContext | undefined {
  const match = form.exec(header);
  if (match === null) return undefined;
  const [, version, traceId = "", parentId = "", flags = "", more] = match;
  if (version === "ff" || (version === "00" && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return undefined;
  return { traceId, parentId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** The header of version 00, the only one that is defined. */
export function formatTraceparent({ traceId, parentId, sampled }: TraceContext): string {
  return `00-${traceId}-${parentId}-${sampled ? "01" : "00"}`;
}

/** The trace that the client's request belongs to, where it says so in a valid `traceparent`. */
export function traceOf(headers: IncomingHttpHeaders): TraceContext | undefined {
  const { traceparent } = headers;
  return typeof traceparent === "string" ? parseTraceparent(traceparent) : undefined;
}

/** What a request is found by in logs and traces: the id of its trace, else its own. */
export function traceIdOf({ id, headers }: { readonly id: string; readonly headers: IncomingHttpHeaders }): string {
  return traceOf(headers)?.traceId ?? id;
}
