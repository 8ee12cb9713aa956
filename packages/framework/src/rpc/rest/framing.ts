/**
 * What HTTP demands of a request's head and Node's parser lets pass. What the parser refuses by itself, such as both
 * `Transfer-Encoding` and `Content-Length`, arrives at the handler of client errors.
 */
import type { IncomingMessage } from "node:http";
import type { ArcanaError } from "../../error/index.ts";
import { frameworkError } from "../../error/index.ts";

/** `uri-host [":" port]` (RFC 9110 §7.2); characters, not structure. */
const hostForm = /^(?:\[[\dA-Fa-fv.:]+\]|[A-Za-z0-9\-._~%!$&'()*+,;=]*)(?::\d*)?$/;

/** The error that ends the request and its connection; undefined where the head is sound. */
export function findFramingError(request: Pick<IncomingMessage, "rawHeaders" | "headers" | "httpVersion">): ArcanaError | undefined {
  const { rawHeaders, headers, httpVersion } = request;
  // Node's parser takes 0.9 and 2.0 in this place as well.
  if (!httpVersion.startsWith("1.")) return frameworkError("INVALID_ARGUMENT", `HTTP/${httpVersion} is not spoken here`);
  let hosts = 0;
  let authorizations = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    // Lengths first: this runs for every header of every request.
    if (name.length === 4) hosts += name.toLowerCase() === "host" ? 1 : 0;
    else if (name.length === 13) authorizations += name.toLowerCase() === "authorization" ? 1 : 0;
  }
  // RFC 9112 §3.2.
  if (hosts > 1) return frameworkError("INVALID_ARGUMENT", "the request has more than one Host header");
  if (hosts === 0 && httpVersion === "1.1") return frameworkError("INVALID_ARGUMENT", "the request has no Host header");
  if (hosts === 1 && !hostForm.test(headers.host ?? "")) return frameworkError("INVALID_ARGUMENT", "the Host header is malformed");
  // Node keeps the first and a proxy in front may have checked the last: neither is to be believed.
  if (authorizations > 1) return frameworkError("INVALID_ARGUMENT", "the request has more than one Authorization header");
  const coding = headers["transfer-encoding"];
  return coding === undefined ? undefined : codingError(coding, httpVersion);
}

/** RFC 9112 §6.1, §6.3: without chunked as the last coding the body has no end, and others below it are not understood. */
function codingError(coding: string, httpVersion: string): ArcanaError | undefined {
  if (httpVersion !== "1.1") return frameworkError("INVALID_ARGUMENT", `HTTP/${httpVersion} has no Transfer-Encoding`);
  const codings = coding.split(",").map((name) => name.trim().toLowerCase());
  if (codings.at(-1) !== "chunked") return frameworkError("INVALID_ARGUMENT", "the last transfer coding must be chunked");
  return codings.length === 1 ? undefined : frameworkError("NOT_IMPLEMENTED", "the only transfer coding that is understood is chunked");
}
