/** The handlers of Connect and gRPC-Web, by `@connectrpc/connect-node`. */
import type { ContextValues, Interceptor } from "@connectrpc/connect";
import { Code, ConnectError, createConnectRouter, createContextValues } from "@connectrpc/connect";
import {
  compressionBrotli,
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import type { FastifyReply, FastifyRequest } from "fastify";
import { frameworkError } from "../../error/index.ts";
import { describeAdapterErrors, describeMessageErrors, knownFields, strictJson } from "../adapter-errors.ts";
import { boundMessages } from "../bounded-routes.ts";
import { setCall } from "../call.ts";
import { toConnectError } from "../connect-error.ts";
import type { Routes } from "../dispatch.ts";
import type { OnRefused } from "../refusal.ts";
import { identify } from "../rest/identify.ts";
import { traceIdOf } from "../trace-context.ts";
import { wireErrors } from "../wire-errors.ts";
import { protocolOf } from "./protocol.ts";

export interface ConnectHandlersOptions {
  readonly routes: Routes;
  /** The first is the outermost; error conversion is put around them. */
  readonly interceptors: readonly Interceptor[];
  readonly maxBodyBytes: number;
  readonly onRefused: OnRefused | undefined;
}

export interface ConnectHandlers {
  /** Answers a request to the operation at the path. */
  serve(path: string, request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** Ends the calls that run with UNAVAILABLE. */
  shutDown(): void;
}

export function createConnectHandlers({ routes, interceptors, maxBodyBytes, onRefused }: ConnectHandlersOptions): ConnectHandlers {
  const shutdown = new AbortController();
  const router = createConnectRouter({
    interceptors: [wireErrors, describeMessageErrors, ...interceptors],
    grpc: false,
    acceptCompression: [compressionGzip, compressionBrotli],
    jsonOptions: strictJson,
    binaryOptions: knownFields,
    shutdownSignal: shutdown.signal,
  });
  describeAdapterErrors(boundMessages(routes, { grpc: false, readMaxBytes: maxBodyBytes }), onRefused)(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));

  return {
    async serve(path, request, reply) {
      const handler = handlers.get(path);
      if (handler === undefined) {
        reply.callNotFound();
        return;
      }
      const response = await handler(universalRequestFromNodeRequest(request.raw, reply.raw, undefined, contextValues(request)));
      identify(request, reply);
      // The adapter writes past Fastify, whose headers would be left behind.
      for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) reply.raw.setHeader(name, value);
      await universalResponseToNodeResponse(response, reply.raw).catch(passIfAborted);
    },
    shutDown: () => shutdown.abort(toConnectError(frameworkError("UNAVAILABLE", "the server is shutting down"))),
  };
}

/** The client went away while it was answered: nobody is left to be told. */
function passIfAborted(thrown: unknown): void {
  if (ConnectError.from(thrown).code !== Code.Aborted) throw thrown;
}

function contextValues(request: FastifyRequest): ContextValues {
  const { headers, id, ip } = request;
  return setCall(createContextValues(), {
    requestId: id,
    traceId: traceIdOf(request),
    protocol: protocolOf(request),
    address: ip,
    userAgent: headers["user-agent"] ?? "",
    caller: undefined,
  });
}
