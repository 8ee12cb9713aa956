import type { FastifyReply, FastifyRequest } from "fastify";
import { formatTraceparent, traceOf } from "../trace-context.ts";

/** Sets what every answer carries, whatever it says: the request's id and the trace that it belongs to. */
export function identify(request: FastifyRequest, reply: FastifyReply): void {
  reply.header("x-request-id", request.id).header("x-content-type-options", "nosniff");
  const trace = traceOf(request.headers);
  if (trace !== undefined) reply.header("traceparent", formatTraceparent(trace));
}
