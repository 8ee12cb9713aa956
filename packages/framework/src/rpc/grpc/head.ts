import type { Http2ServerRequest } from "node:http2";
import type { ArcanaError } from "../../error/index.ts";
import { frameworkError } from "../../error/index.ts";

/** What is wrong with a request's head that Node lets pass and the adapter would not survive or not see. */
export function findHeadError({ url, authority, rawHeaders }: Http2ServerRequest): ArcanaError | undefined {
  // The adapter makes a URL of them, and would throw outside of every promise. The type hides that there may be no authority.
  if (!URL.canParse(url, `http://${authority ?? ""}`)) {
    return frameworkError("INVALID_ARGUMENT", "the request's :authority or :path is malformed");
  }
  // Node keeps the first, and a proxy in front may have checked the last: neither is to be believed.
  if (rawHeaders.filter((name, index) => index % 2 === 0 && name === "authorization").length < 2) return undefined;
  return frameworkError("INVALID_ARGUMENT", "the request has more than one authorization field");
}
