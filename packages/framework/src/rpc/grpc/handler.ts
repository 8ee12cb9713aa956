/** Serves gRPC's requests by `@connectrpc/connect-node`. */
import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { ContextValues, Interceptor } from "@connectrpc/connect";
import { createContextValues } from "@connectrpc/connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import type { ArcanaError } from "../../error/index.ts";
import { frameworkError } from "../../error/index.ts";
import { describeAdapterErrors, describeMessageErrors, knownFields, strictJson } from "../adapter-errors.ts";
import { boundMessages } from "../bounded-routes.ts";
import { setCall } from "../call.ts";
import { clientAddress, trustProxies } from "../client-address.ts";
import { toConnectError } from "../connect-error.ts";
import type { Routes } from "../dispatch.ts";
import type { OnRefused } from "../refusal.ts";
import { createRequestIds } from "../request-id.ts";
import { traceIdOf } from "../trace-context.ts";
import { wireErrors } from "../wire-errors.ts";
import { findHeadError } from "./head.ts";

export interface GrpcHandlerOptions {
  readonly routes: Routes;
  readonly interceptors: readonly Interceptor[];
  readonly trustedProxies: readonly string[];
  readonly maxMessageBytes: number;
  readonly onRefused: OnRefused | undefined;
}

export interface GrpcHandler {
  serve(request: Http2ServerRequest, response: Http2ServerResponse): void;
  /** The error as the adapter knows it. */
  errorOf(error: ArcanaError): Error;
  /** Ends the calls that run with UNAVAILABLE. */
  shutDown(): void;
}

export function createGrpcHandler(options: GrpcHandlerOptions): GrpcHandler {
  const { maxMessageBytes } = options;
  const shutdown = new AbortController();
  const handler = connectNodeAdapter({
    routes: describeAdapterErrors(
      boundMessages(options.routes, { connect: false, grpcWeb: false, readMaxBytes: maxMessageBytes }),
      options.onRefused,
    ),
    interceptors: [wireErrors, describeMessageErrors, ...options.interceptors],
    connect: false,
    grpcWeb: false,
    readMaxBytes: maxMessageBytes,
    jsonOptions: strictJson,
    binaryOptions: knownFields,
    shutdownSignal: shutdown.signal,
    contextValues: createContexts(options.trustedProxies),
    fallback: (_request, response) => refuse(response, frameworkError("NOT_IMPLEMENTED", "unknown service or method")),
  });
  return {
    serve(request, response) {
      const error = findHeadError(request);
      if (error === undefined) handler(request, response);
      else refuse(response, error);
    },
    errorOf: (error) => toConnectError(error),
    shutDown: () => shutdown.abort(toConnectError(frameworkError("UNAVAILABLE", "the server is shutting down"))),
  };
}

/** What Node's responses and the adapter's own type of them have in common. */
interface Answerable {
  writeHead(status: number, headers: Readonly<Record<string, string>>): unknown;
  end(): unknown;
}

/** Answers in the form a gRPC client understands: HTTP 200, the status in the headers (trailers-only). */
function refuse(response: Answerable, error: ArcanaError): void {
  const status = setTrailerStatus(new Headers(), toConnectError(error));
  response.writeHead(200, { "content-type": "application/grpc", ...Object.fromEntries(status) });
  response.end();
}

/** Makes the call of each request, under an id of its own. */
function createContexts(trustedProxies: readonly string[]): (request: IncomingMessage | Http2ServerRequest) => ContextValues {
  const requestIds = createRequestIds();
  const trust = trustProxies(trustedProxies);
  return (request) => {
    const { headers } = request;
    const id = requestIds(request);
    return setCall(createContextValues(), {
      requestId: id,
      traceId: traceIdOf({ id, headers }),
      protocol: "grpc",
      address: clientAddress(request, trust),
      userAgent: headers["user-agent"] ?? "",
      caller: undefined,
    });
  };
}
