/** Bodies of requests, as Fastify's parsers of content types. */
import { isUtf8 } from "node:buffer";
import type { FastifyBodyParser, FastifyInstance, FastifyRequest } from "fastify";
import { frameworkError } from "../../error/index.ts";

/**
 * Takes `application/json` alone. Keys such as `__proto__` are left in: the decoders read own keys that the contract
 * knows, and nothing else looks at the body.
 */
export function takeJsonBodies(fastify: FastifyInstance): void {
  fastify.addContentTypeParser("application/json", { parseAs: "buffer" }, parseJson);
}

/** Lets any body pass unread: operations without one must not fail because a client's library always names a content type. */
export function ignoreBodies(fastify: FastifyInstance): void {
  fastify.addContentTypeParser("*", { parseAs: "buffer" }, ignore);
}

const ignore: FastifyBodyParser<Buffer> = (_request, _body, done) => done(null, undefined);

const parseJson: FastifyBodyParser<Buffer> = (request, body, done) => {
  let json: unknown;
  try {
    json = jsonOf(request, body);
  } catch (error) {
    done(error as Error);
    return;
  }
  done(null, json);
};

/** Undefined where there is no body: every field is then unset, and validation says which are missing. */
function jsonOf({ headers }: FastifyRequest, body: Buffer): unknown {
  const coding = headers["content-encoding"];
  if (coding !== undefined && coding.toLowerCase() !== "identity") {
    throw frameworkError("UNSUPPORTED_MEDIA_TYPE", "the body must not be compressed");
  }
  if (!isUtf8Type(headers["content-type"])) throw frameworkError("UNSUPPORTED_MEDIA_TYPE", "the body must be JSON in UTF-8");
  if (body.length === 0) return undefined;
  // JSON between systems is UTF-8 (RFC 8259 §8.1); decoding would silently replace what is not.
  if (!isUtf8(body)) throw frameworkError("INVALID_JSON", "the body is not UTF-8");
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (cause) {
    throw frameworkError("INVALID_JSON", "the body is not valid JSON", { cause });
  }
}

const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i;

function isUtf8Type(contentType: string | undefined): boolean {
  if (contentType === undefined || contentType === "application/json") return true;
  const named = charset.exec(contentType)?.[1]?.toLowerCase();
  return named === undefined || named === "utf-8" || named === "utf8";
}
