/** Connect and gRPC-Web on the REST port, each operation at its own path. */
import type { FastifyInstance, FastifyPluginCallback, FastifyRequest, RouteOptions } from "fastify";
import { frameworkError } from "../../error/index.ts";
import type { Operation } from "../contract.ts";
import { operationsOf } from "../contract.ts";
import { servicesOf } from "../dispatch.ts";
import { lazily } from "../lazily.ts";
import type { RouteConfig } from "../rest/instance.ts";
import { discardRest } from "../unread-body.ts";
import type { ConnectHandlersOptions } from "./handlers.ts";
import { protocolOf } from "./protocol.ts";

export interface ConnectBinding {
  readonly plugin: FastifyPluginCallback;
  /** Ends the calls that run with UNAVAILABLE. */
  shutDown(): void;
}

/** What answers is loaded by the first request: a server that is asked by REST alone does without it. */
export function createConnectBinding(options: ConnectHandlersOptions): ConnectBinding {
  const handlers = lazily(async () => (await import("./handlers.ts")).createConnectHandlers(options));
  const plugin: FastifyPluginCallback = (fastify, _, done) => {
    fastify.addHook("onRequest", requireAddress);
    fastify.addHook("onResponse", ({ raw }, _reply, next) => {
      discardRest(raw);
      next();
    });
    leaveBodies(fastify);
    for (const operation of operationsOf(servicesOf(options.routes))) fastify.route(routeOf(operation));
    done();
  };

  function routeOf({ name, method }: Operation): RouteOptions {
    const path = `/${name}`;
    const config: RouteConfig = { callOf: (request) => ({ method, protocol: protocolOf(request) }) };
    return {
      // The adapter knows which methods an operation has, and answers the others.
      method: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
      url: path,
      config,
      async handler(request, reply) {
        const { serve } = handlers.loaded ?? (await handlers.load());
        // Who went away while it was loaded is told nothing.
        if (!request.raw.destroyed) await serve(path, request, reply);
      },
    };
  }

  return { plugin, shutDown: () => handlers.loaded?.shutDown() };
}

/** The media types of Connect (https://connectrpc.com/docs/protocol/) and of gRPC-Web; gRPC's own get the adapter's answer. */
const mediaTypes =
  /^application\/(?:json|proto|connect\+(?:json|proto)|grpc(?:-web(?:-text)?)?(?:\+(?:json|proto))?)(?:; ?charset=utf-?8)?$/i;

/** The adapter reads bodies itself. */
function leaveBodies(fastify: FastifyInstance): void {
  fastify.addContentTypeParser(mediaTypes, (_request, _payload, done) => done(null, undefined));
}

/** Connect's adapter makes a URL of the target and the host; where that cannot be, it would leave the request without an answer. */
function requireAddress({ raw: { url = "", headers } }: FastifyRequest, _reply: unknown, done: (error?: Error) => void): void {
  const sound = headers.host !== undefined && URL.canParse(url, `http://${headers.host}`);
  done(sound ? undefined : frameworkError("INVALID_ARGUMENT", "the request names no host, or the name is malformed"));
}
