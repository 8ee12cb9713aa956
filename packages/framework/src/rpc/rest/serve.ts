/** Serves one route: from the request to the answer. */
import type { Message, Registry } from "@bufbuild/protobuf";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ArcanaError } from "../../error/index.ts";
import { frameworkError } from "../../error/index.ts";
import type { Dispatch } from "../dispatch.ts";
import { toArcanaError } from "../errors.ts";
import type { Readers } from "../json/decode.ts";
import { matchPath } from "../path-template.ts";
import type { OnRefused } from "../refusal.ts";
import { compileAnswer } from "./answer.ts";
import type { WriteError } from "./error-writer.ts";
import { RestIncomingCall } from "./incoming.ts";
import { refusalOf } from "./instance.ts";
import { compileRequestReader } from "./request-reader.ts";
import type { RestRoute } from "./routes.ts";
import { pathFieldsOf } from "./routes.ts";
import { pathOf } from "./target-path.ts";

export interface ServeOptions {
  readonly dispatch: Dispatch;
  readonly readers: Readers;
  readonly types: Registry | undefined;
  readonly sendHooks: boolean;
  readonly isLeaving: () => boolean;
  readonly writeError: WriteError;
  readonly onRefused: OnRefused;
}

/** A handler of Fastify's. False: the path is not the route's after all. */
export type Serve = (request: FastifyRequest, reply: FastifyReply) => boolean;

export function compileServe(route: RestRoute, options: ServeOptions): Serve {
  const { dispatch, readers, writeError, onRefused } = options;
  const { method, binding } = route;
  const read = compileRequestReader(route, readers);
  const sendAnswer = compileAnswer(route, options);
  const capture = compileCapture(route);
  const pathFields = pathFieldsOf(binding);

  async function run(request: FastifyRequest, reply: FastifyReply, captured: readonly string[]): Promise<void> {
    let dispatched = false;
    try {
      const call = new RestIncomingCall(receive(request, captured), request, reply);
      dispatched = true;
      const answer = await dispatch(method, call);
      dispatched = false;
      sendAnswer(reply, answer);
    } catch (thrown) {
      fail(thrown, request, reply, dispatched);
    }
  }

  function receive(request: FastifyRequest, captured: readonly string[]): Message {
    try {
      return read(request, captured);
    } catch (thrown) {
      onRefused(refusalOf({ method, protocol: "rest" }, toArcanaError(thrown), request));
      throw thrown;
    }
  }

  function fail(thrown: unknown, request: FastifyRequest, reply: FastifyReply, dispatched: boolean): void {
    try {
      writeError(asAddressError(toArcanaError(thrown), pathFields), request, reply, dispatched);
    } catch {
      // Nothing can be said any more; a connection that ends is still better than one that hangs.
      reply.raw.destroy();
    }
  }

  return (request, reply) => {
    const captured = capture(request);
    if (captured === undefined) return false;
    // Not handed to Fastify, which would only wrap it: every way out of it has answered.
    void run(request, reply, captured);
    return true;
  };
}

/** What validation found wrong in the path alone is a bad address: 400, where a bad body is 422. */
function asAddressError(error: ArcanaError, pathFields: ReadonlySet<string>): ArcanaError {
  const { reason, message, violations } = error;
  if (reason !== "VALIDATION_ERROR" || violations.length === 0 || !violations.every(({ field }) => pathFields.has(field))) return error;
  return frameworkError("INVALID_ARGUMENT", message, { violations, cause: error });
}

/** Undefined where a variable would capture nothing: there is no such address. */
type Capture = (request: FastifyRequest) => readonly string[] | undefined;

const nothing: readonly string[] = [];

function compileCapture({ template }: RestRoute): Capture {
  if (!template.plain) return ({ url }) => matchPath(template, pathOf(url));
  if (template.variables.length === 0) return () => nothing;
  const names = template.variables.map((_, index) => `p${index}`);
  return ({ params }) => {
    const captured = names.map((name) => (params as Readonly<Record<string, string>>)[name] ?? "");
    return captured.includes("") ? undefined : captured;
  };
}
