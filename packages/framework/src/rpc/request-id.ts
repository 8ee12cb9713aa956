import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** What may go into logs and headers as it is. */
const sane = /^[A-Za-z0-9._-]{1,128}$/;

/** Names each request: by the client's own `x-request-id` where it is sane, else by a random prefix of the process and a count. */
export function createRequestIds(): (request: Pick<IncomingMessage, "headers">) => string {
  const prefix = randomBytes(9).toString("base64url");
  let count = 0;
  return ({ headers }) => {
    const sent = headers["x-request-id"];
    if (typeof sent === "string" && sane.test(sent)) return sent;
    count++;
    return `${prefix}.${count.toString(36)}`;
  };
}
