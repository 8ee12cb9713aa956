import type { FastifyRequest } from "fastify";
import type { Fields, Readers } from "../json/decode.ts";
import type { FieldPath, ReadParameter } from "../json/parameters.ts";
import { fieldPathName, findFieldPath, parameterReader } from "../json/parameters.ts";
import type { Problems } from "../json/problems.ts";
import type { RestRoute } from "./routes.ts";

/** Sets the fields that the query names. */
export type ReadQuery = (message: Fields, request: FastifyRequest, problems: Problems) => void;

/**
 * The reader of an operation's query. It may name any field that neither the path nor the body is bound to; other
 * parameters are ignored, or refused where the readers are strict.
 */
export function compileQueryReader(route: RestRoute, readers: Readers): ReadQuery {
  const readerOf = parameterReaders(route, readers);
  return (message, request, problems) => {
    const query = request.query as Readonly<Record<string, unknown>>;
    let escaped = false;
    for (const name in query) {
      const texts = textsOf(query[name]);
      escaped ||= name.includes("%") || texts.some((text) => text.includes("%"));
      const read = readerOf(name);
      if (read !== undefined) read(message, texts, problems);
      else if (readers.strict) refuse(name, problems);
    }
    // What the parser could not decode it has left as it was.
    if (escaped && !isEncoded(request.url)) problems.add("must have a query in percent-encoded UTF-8", "type.query");
  };
}

function textsOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map(String);
}

function refuse(name: string, problems: Problems): void {
  problems.enter([name]);
  problems.add("is no parameter here", "unknown_field");
  problems.leave();
}

function isEncoded(url: string): boolean {
  try {
    decodeURIComponent(url.slice(url.indexOf("?") + 1));
    return true;
  } catch {
    return false;
  }
}

function parameterReaders({ method, binding, pathFields }: RestRoute, readers: Readers): (name: string) => ReadParameter | undefined {
  if (binding.body.kind === "all") return () => undefined;
  const bodyField = binding.body.kind === "field" ? binding.body.field : undefined;
  const captured = new Set(pathFields.map(fieldPathName));
  const compile = (path: FieldPath | undefined): ReadParameter | undefined => {
    if (path === undefined || path[0] === bodyField || captured.has(fieldPathName(path))) return undefined;
    return parameterReader(path, readers);
  };
  const top = new Map(
    method.input.fields.flatMap((field) => {
      const reader = compile([field]);
      return [[field.name, reader] as const, [field.jsonName, reader] as const];
    }),
  );
  // Nested names are without number, and rare: they are looked up as they come.
  return (name) => (name.includes(".") ? compile(findFieldPath(method.input, name)) : top.get(name));
}
