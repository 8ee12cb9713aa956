/**
 * The contracts' operations as REST, on a Fastify instance that the application makes:
 *
 *     const rest = createRestBinding({ operations: operationsOf(services), dispatch });
 *     const fastify = Fastify({ ...rest.serverOptions, bodyLimit });
 *     await fastify.register(rest.plugin);
 */

import type { Server } from "node:http";
import type { Registry } from "@bufbuild/protobuf";
import type { FastifyHttpOptions, FastifyPluginCallback } from "fastify";
import type { Operation } from "../contract.ts";
import type { Dispatch } from "../dispatch.ts";
import { readersOf } from "../json/decode.ts";
import type { OnRefused } from "../refusal.ts";
import { createRequestIds } from "../request-id.ts";
import { createClientErrorHandler, createTunnelRefusal } from "./client-error.ts";
import type { Fault } from "./error-writer.ts";
import { createErrorWriter } from "./error-writer.ts";
import { fastifyError } from "./http-errors.ts";
import { takeRequests } from "./instance.ts";
import { routesOf } from "./routes.ts";
import { lazyCompilers } from "./schema-compilers.ts";
import { serveRoutes } from "./serve-routes.ts";

export interface RestBindingOptions {
  /** The operations to serve; those without an HTTP rule are left out. */
  readonly operations: readonly Operation[];
  readonly dispatch: Dispatch;
  /** Whether fields and parameters that the contract does not have are refused. Default: false, they are ignored. */
  readonly strict?: boolean;
  /**
   * Whether the answers of operations pass through Fastify, with the headers that hooks have set on them and the `onSend` hooks:
   * for an instance whose plugins add to every answer, such as CORS or a compression. Default: false, they are written as
   * they are, which is a tenth faster. Errors always pass.
   */
  readonly sendHooks?: boolean;
  /** The message types that a `google.protobuf.Any` may hold. Default: none. */
  readonly types?: Registry;
  /** Whether the server is about to go: then every answer ends its connection. Default: never. */
  readonly isLeaving?: () => boolean;
  /** Told of every INTERNAL_ERROR with what was thrown, which the client does not see. Default: nobody is told. */
  readonly onFault?: (fault: Fault) => void;
  /** Told of every request to an operation that is refused before it is dispatched. Default: nobody is told. */
  readonly onRefused?: OnRefused;
}

export interface RestBinding {
  /**
   * The options that the Fastify instance must be made with: they name requests, and give errors that arise before any
   * route is reached the form of all others.
   */
  readonly serverOptions: Pick<
    FastifyHttpOptions<Server>,
    | "genReqId"
    | "requestIdHeader"
    | "return503OnClosing"
    | "frameworkErrors"
    | "clientErrorHandler"
    | "routerOptions"
    | "schemaController"
    | "http"
  >;
  /**
   * Registers the routes, and on the instance itself the handlers of errors and unknown addresses, so that also other
   * routes answer in this form. To be registered before those: it removes Fastify's own parsers of bodies from the
   * instance, and each plugin brings those that it needs.
   */
  readonly plugin: FastifyPluginCallback;
}

/** No part of a path may be longer than the head of a request. */
const maxParamLength = 16 * 1024;

/** @throws TypeError naming an operation whose HTTP rule cannot be served, and why. */
export function createRestBinding(options: RestBindingOptions): RestBinding {
  const {
    operations,
    dispatch,
    strict = false,
    sendHooks = false,
    types,
    isLeaving = () => false,
    onFault,
    onRefused = () => {},
  } = options;
  const writeError = createErrorWriter(onFault);
  const requestIds = createRequestIds();
  const readers = readersOf({ strict, ...(types && { types }) });
  const routes = routesOf(operations);
  return {
    serverOptions: {
      genReqId: requestIds,
      requestIdHeader: false,
      return503OnClosing: false,
      frameworkErrors: (error, request, reply) => writeError(fastifyError(error), request, reply),
      clientErrorHandler: createClientErrorHandler(requestIds),
      routerOptions: { maxParamLength },
      schemaController: { compilersFactory: lazyCompilers },
      // Node would answer in a form of its own; `findFramingError` does in ours.
      http: { requireHostHeader: false },
    },
    plugin: shared((fastify, _, done) => {
      takeRequests(fastify, { writeError, isLeaving, onRefused });
      fastify.server.on("connect", createTunnelRefusal(requestIds));
      serveRoutes(fastify, routes, { dispatch, readers, types, sendHooks, isLeaving, writeError, onRefused });
      done();
    }),
  };
}

/** Marks the plugin as one whose hooks and handlers are the instance's own, as Fastify documents it. */
function shared(plugin: FastifyPluginCallback): FastifyPluginCallback {
  return Object.assign(plugin, { [Symbol.for("skip-override")]: true, [Symbol.for("fastify.display-name")]: "arcana-rest" });
}
