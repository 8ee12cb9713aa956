/** The one form in which REST answers with an error, whatever raised it: status, headers and body. */

import type { ArcanaError } from "../../error/index.ts";
import { bearerChallenge } from "../../security/bearer.ts";
import { STATUS_CODES } from "../node-http.ts";

export interface Failure {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const jsonType = "application/json; charset=utf-8";
const problemType = "application/problem+json";

/**
 * @param accept the client's `Accept`; where it asks for problem details (RFC 9457) it gets them
 */
export function failureOf(error: ArcanaError, traceId: string, accept: string | undefined): Failure {
  const problem = accept !== undefined && prefersProblem(accept);
  return {
    status: error.http,
    headers: {
      "content-type": problem ? `${problemType}; charset=utf-8` : jsonType,
      "cache-control": "no-store",
      ...challengeHeader(error),
      ...retryHeaders(error),
    },
    body: problem ? problemBody(error, traceId) : envelope(error, traceId),
  };
}

function envelope(error: ArcanaError, traceId: string): string {
  const { message, violations } = error;
  return JSON.stringify({
    success: false,
    error: { ...codesOf(error), message, ...(violations.length > 0 && { details: detailsOf(error) }), trace_id: traceId },
  });
}

function problemBody(error: ArcanaError, traceId: string): string {
  const { http, message, violations } = error;
  return JSON.stringify({
    // The type is that of the status alone (§4.2.1); `code` and `reason` tell what it was.
    type: "about:blank",
    title: STATUS_CODES[http] ?? "Error",
    status: http,
    detail: message,
    ...codesOf(error),
    ...(violations.length > 0 && { errors: detailsOf(error) }),
    trace_id: traceId,
  });
}

function codesOf({ family, reason }: ArcanaError): { readonly code: string; readonly reason?: string } {
  return family === reason ? { code: family } : { code: family, reason };
}

/** What is wrong with the request as a whole names no field. */
function detailsOf({ violations }: ArcanaError): readonly object[] {
  return violations.map(({ field, message, code }) => ({ ...(field !== "" && { field }), message, code }));
}

function challengeHeader(error: ArcanaError): Record<string, string> {
  const challenge = bearerChallenge(error);
  return challenge === undefined ? {} : { "www-authenticate": challenge };
}

function retryHeaders({ retryAfterMs, family }: ArcanaError): Record<string, string> {
  if (retryAfterMs === undefined) return {};
  const seconds = String(Math.max(0, Math.ceil(retryAfterMs / 1000)));
  if (family !== "RATE_LIMIT_EXCEEDED") return { "retry-after": seconds };
  return { "retry-after": seconds, "ratelimit-remaining": "0", "ratelimit-reset": seconds };
}

/** Whether problem details are asked for by name, and not less than plain JSON. */
function prefersProblem(accept: string): boolean {
  const problem = qualityOf(accept, problemType);
  return problem !== undefined && problem > 0 && problem >= (qualityOf(accept, "application/json") ?? 0);
}

/** The weight (RFC 9110 §12.4.2) of a media type that `Accept` names; undefined where it does not. */
function qualityOf(accept: string, type: string): number | undefined {
  for (const range of accept.toLowerCase().split(",")) {
    const [name = "", ...parameters] = range.split(";").map((part) => part.trim());
    if (name !== type) continue;
    const weight = parameters.find((parameter) => parameter.startsWith("q="));
    return weight === undefined ? 1 : Number(weight.slice(2));
  }
  return undefined;
}
