/** gRPC over cleartext HTTP/2 on a port of its own, by `@connectrpc/connect-node`. */
import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest, Http2Session, ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import { constants, createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import type { ContextValues, Interceptor } from "@connectrpc/connect";
import { createContextValues } from "@connectrpc/connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import type { ArcanaError } from "../../error/index.ts";
import { frameworkError } from "../../error/index.ts";
import { describeAdapterErrors, knownFields, strictJson } from "../adapter-errors.ts";
import { boundMessages } from "../bounded-routes.ts";
import { setCall } from "../call.ts";
import type { Routes } from "../dispatch.ts";
import { toConnectError, wireErrors } from "../errors.ts";
import type { Listener } from "../listener.ts";
import { listen } from "../listener.ts";
import { createRequestIds } from "../rest/request-id.ts";
import { traceIdOf } from "../rest/trace.ts";
import { findHeadError } from "./head.ts";

export interface GrpcServerOptions {
  readonly routes: Routes;
  /** The first is the outermost; error conversion is put around them. */
  readonly interceptors: readonly Interceptor[];
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The largest message of operations whose contract names no bound, in bytes; a larger one is RESOURCE_EXHAUSTED. */
  readonly maxMessageBytes: number;
  /** Streams a client may have open on one connection (RFC 9113 §5.1.2). Default: 1000. */
  readonly maxConcurrentStreams?: number;
  /** How long a client may take for its side of HTTP/2's preface (RFC 9113 §3.4), in milliseconds. Default: 20 s. */
  readonly handshakeTimeoutMs?: number;
}

/**
 * A listener whose `drain` tells every client to go elsewhere (GOAWAY, RFC 9113 §6.8) and resolves when the last call has ended;
 * `close` ends the calls that are left with UNAVAILABLE.
 */
export function createGrpcServer(options: GrpcServerOptions): Listener {
  const { maxConcurrentStreams = 1000, handshakeTimeoutMs = 20_000 } = options;
  const shutdown = new AbortController();
  const handler = connectNodeAdapter({
    routes: describeAdapterErrors(
      boundMessages(options.routes, { connect: false, grpcWeb: false, readMaxBytes: options.maxMessageBytes }),
    ),
    interceptors: [wireErrors, ...options.interceptors],
    connect: false,
    grpcWeb: false,
    readMaxBytes: options.maxMessageBytes,
    jsonOptions: strictJson,
    binaryOptions: knownFields,
    shutdownSignal: shutdown.signal,
    contextValues: createContexts(),
    fallback: (_request, response) => refuse(response, frameworkError("NOT_IMPLEMENTED", "unknown service or method")),
  });
  const server = createServer({ settings: { maxConcurrentStreams } }, (request, response) => {
    const error = findHeadError(request);
    if (error !== undefined) {
      refuse(response, error);
      return;
    }
    request.stream.once("finish", () => discardRest(request.stream));
    handler(request, response);
  });
  const sessions = new Set<Http2Session>();
  server.on("session", (session: ServerHttp2Session) => {
    sessions.add(session);
    const handshake = setTimeout(() => session.destroy(), handshakeTimeoutMs);
    session.once("remoteSettings", () => clearTimeout(handshake));
    session.on("close", () => {
      clearTimeout(handshake);
      sessions.delete(session);
    });
    // Without a listener a broken peer would end the process.
    session.on("error", () => session.destroy());
  });
  server.on("sessionError", () => {});

  const drained = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  let draining: Promise<void> | undefined;
  return {
    address: () => server.address() as AddressInfo,
    listen: () => listen(server, options),
    drain() {
      draining ??= drained();
      for (const session of sessions) session.close();
      return draining;
    },
    async close() {
      draining ??= drained();
      shutdown.abort(toConnectError(frameworkError("UNAVAILABLE", "the server is shutting down")));
      for (const session of sessions) session.destroy(undefined, constants.NGHTTP2_NO_ERROR);
      await draining;
    },
  };
}

/**
 * What is left unread of a message that was refused would keep the stream, and with it the connection, for ever: the request
 * that Node made of the stream pauses it when nobody reads, also where the request is gone.
 */
function discardRest(stream: ServerHttp2Stream): void {
  if (stream.readableEnded) return;
  stream.removeAllListeners("data");
  stream.resume();
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
function createContexts(): (request: IncomingMessage | Http2ServerRequest) => ContextValues {
  const requestIds = createRequestIds();
  return (request) => {
    const { headers, socket } = request;
    const id = requestIds(request);
    return setCall(createContextValues(), {
      requestId: id,
      traceId: traceIdOf({ id, headers }),
      protocol: "grpc",
      address: socket.remoteAddress ?? "",
      userAgent: headers["user-agent"] ?? "",
      caller: undefined,
    });
  };
}
