/** Requests as messages: fields from the body, the query and the path, as the HTTP rule of the operation says. */
import type { Message } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import type { FastifyRequest } from "fastify";
import type { Fields, Readers } from "../json/decode.ts";
import type { ReadParameter } from "../json/parameters.ts";
import { overwriteField, parameterReader } from "../json/parameters.ts";
import { Problems, refused } from "../json/problems.ts";
import { compileQueryReader } from "./query.ts";
import type { RestRoute } from "./routes.ts";

/**
 * Reads the request message; `captured` are the values of the path's variables.
 * @throws INVALID_ARGUMENT naming every field of the wrong type, wherever it came from
 */
export type ReadRequest = (request: FastifyRequest, captured: readonly string[]) => Message;

export function compileRequestReader(route: RestRoute, readers: Readers): ReadRequest {
  const readBody = bodyReader(route, readers);
  const readQuery = compileQueryReader(route, readers);
  const readPath = pathReader(route, readers);
  return (request, captured) => {
    const problems = new Problems();
    const message = readBody(request.body, problems);
    // Else what the client sent, the unknown parts too, would live as long as the call.
    request.body = undefined;
    readQuery(message, request, problems);
    // Last, so that nothing else decides what the address has named.
    readPath(message, captured, problems);
    problems.throwIfAny();
    return message;
  };
}

type Fresh = Message & Fields;

/** Makes the message, with what the body says. An absent body says nothing. */
function bodyReader({ method, binding: { body } }: RestRoute, readers: Readers): (json: unknown, problems: Problems) => Fresh {
  const fresh = (): Fresh => create(method.input) as Fresh;
  if (body.kind === "none") return fresh;
  if (body.kind === "all") {
    const read = readers.message(method.input);
    return (json, problems) => {
      const message = json === undefined ? refused : read(json, problems);
      return message === refused ? fresh() : (message as Fresh);
    };
  }
  const read = readers.field(body.field);
  return (json, problems) => {
    const message = fresh();
    problems.enter(body.field.name);
    if (json !== undefined) read(message, json, problems);
    problems.leave();
    return message;
  };
}

function pathReader({ pathFields, template }: RestRoute, readers: Readers): ReadParameter {
  const read = pathFields.map((path): ReadParameter => {
    const reader = parameterReader(path, readers, overwriteField);
    if (reader === undefined) throw new TypeError(`${template.source}: a variable is bound to a field that does not fit into a path`);
    return reader;
  });
  return (message, captured, problems) => {
    for (let index = 0; index < read.length; index++) read[index]?.(message, [captured[index] ?? ""], problems);
  };
}
