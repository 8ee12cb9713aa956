/** What holds for every request to the Fastify instance, whichever plugin serves it. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ArcanaError } from "../../error/index.ts";
import { frameworkError } from "../../error/index.ts";
import type { OnRefused, Refusal } from "../refusal.ts";
import { traceIdOf } from "../trace-context.ts";
import type { WriteError } from "./error-writer.ts";
import { findFramingError } from "./framing.ts";
import { fastifyError } from "./http-errors.ts";
import { identify } from "./identify.ts";
import type { MethodTable } from "./method-table.ts";
import { createMethodTable } from "./method-table.ts";
import { pathOf } from "./target-path.ts";

/** What our routes tell of themselves beside the router's pattern, in which verbs are not seen. */
export interface RouteConfig {
  readonly addresses?: readonly RegExp[];
  /** Which operation a request is for, and by which protocol; undefined where the path is none of the route's after all. */
  readonly callOf?: (request: FastifyRequest) => Pick<Refusal, "method" | "protocol"> | undefined;
}

export interface TakeRequestsOptions {
  readonly writeError: WriteError;
  readonly isLeaving: () => boolean;
  readonly onRefused: OnRefused;
}

/**
 * Names requests, refuses what is no sound HTTP, and answers errors and unknown addresses. While `isLeaving`, every answer
 * ends its connection.
 */
export function takeRequests(fastify: FastifyInstance, { writeError, isLeaving, onRefused }: TakeRequestsOptions): void {
  const table = createMethodTable();
  fastify.removeAllContentTypeParsers();
  fastify.addHook("onRequest", (request, reply, done) => {
    const error = findFramingError(request.raw);
    if (error !== undefined || isLeaving()) reply.header("connection", "close");
    done(error);
  });
  // Last of all, for what is written past Fastify brings its identity itself.
  fastify.addHook("onSend", (request, reply, _payload, done) => {
    identify(request, reply);
    done();
  });
  fastify.addHook("onRoute", ({ method, url, config }) => {
    // Of foreign routes with wildcards nothing is known but what the router finds.
    const addresses = (config as RouteConfig | undefined)?.addresses ?? (/[:*]/.test(url) ? [] : [url]);
    for (const name of [method].flat()) for (const address of addresses) table.add(name, address);
  });
  fastify.setErrorHandler((thrown, request, reply) => {
    const error = fastifyError(thrown);
    const call = (request.routeOptions.config as RouteConfig | undefined)?.callOf?.(request);
    // Faults have a way of their own, and may come from after the call.
    if (call !== undefined && error.family !== "INTERNAL_ERROR") onRefused(refusalOf(call, error, request));
    writeError(error, request, reply);
  });
  fastify.setNotFoundHandler((request, reply) => answerUnknown(table, request, reply, writeError));
  // An expectation that is not understood may be ignored (RFC 9110 §10.1.1); Node would refuse it in a form of its own.
  fastify.server.on("checkExpectation", (request, response) => fastify.server.emit("request", request, response));
}

/** The refusal of a request of that call. */
export function refusalOf(call: Pick<Refusal, "method" | "protocol">, error: ArcanaError, request: FastifyRequest): Refusal {
  return { ...call, error, requestId: request.id, traceId: traceIdOf(request), address: request.ip };
}

function answerUnknown(table: MethodTable, request: FastifyRequest, reply: FastifyReply, writeError: WriteError): void {
  const path = pathOf(request.url);
  const methods = table.methodsAt(path);
  if (methods.length === 0 || methods.includes(request.method)) {
    writeError(frameworkError("NOT_FOUND", "there is nothing at this address"), request, reply);
    return;
  }
  reply.header("allow", methods.join(", "));
  writeError(frameworkError("METHOD_NOT_ALLOWED", `this address has no ${request.method}`), request, reply);
}
