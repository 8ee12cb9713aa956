import type { FastifyReply, FastifyRequest } from "fastify";
import type { ArcanaError } from "../../error/index.ts";
import { traceIdOf } from "../trace-context.ts";
import { failureOf } from "./failure.ts";
import { identify } from "./identify.ts";
import { pathOf } from "./target-path.ts";

/** A fault of the server: what a log needs and a client must not see. */
export interface Fault {
  /** What was thrown. */
  readonly error: unknown;
  readonly requestId: string;
  /** What the client was told to ask for. */
  readonly traceId: string;
  readonly method: string;
  /** The path without the query. */
  readonly path: string;
  /** Whether the operation threw it, so that its interceptors have seen it, and may have logged it, already. */
  readonly dispatched: boolean;
}

/** Answers with the error. Every error of every route leaves through here. */
export type WriteError = (error: ArcanaError, request: FastifyRequest, reply: FastifyReply, dispatched?: boolean) => void;

export function createErrorWriter(onFault: ((fault: Fault) => void) | undefined): WriteError {
  return (error, request, reply, dispatched = false) => {
    if (error.family === "INTERNAL_ERROR") onFault?.(faultOf(error, request, dispatched));
    if (reply.sent || reply.raw.headersSent) return;
    const { status, headers, body } = failureOf(error, traceIdOf(request), request.headers.accept);
    identify(request, reply);
    reply.code(status).headers(headers).send(body);
  };
}

function faultOf(error: ArcanaError, request: FastifyRequest, dispatched: boolean): Fault {
  const { id: requestId, method } = request;
  return { error: error.cause ?? error, requestId, traceId: traceIdOf(request), method, path: pathOf(request.url), dispatched };
}
