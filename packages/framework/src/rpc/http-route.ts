import type { IncomingMessage } from "node:http";

/** A plain answer to a GET that belongs to no contract: probes, metrics, keys. */
export interface HttpRoute {
  readonly path: string;
  /** Whether clients of other machines are told that there is nothing here. */
  readonly loopbackOnly?: boolean;
  readonly answer: () => HttpAnswer | Promise<HttpAnswer>;
}

export interface HttpAnswer {
  readonly status: number;
  /** A text is sent as it is; anything else as JSON. */
  readonly body: unknown;
  /** Default: `application/json; charset=utf-8`. */
  readonly contentType?: string;
}

/** The body as it is sent. */
export function bodyText({ body }: HttpAnswer): string {
  return typeof body === "string" ? body : JSON.stringify(body);
}

export const jsonContentType = "application/json; charset=utf-8";

/** Whether the address is of this machine: 127.0.0.0/8, ::1, or the first mapped into IPv6. */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(?:127\.|::ffff:127\.|::1$)/.test(address);
}

/** Any of them says that the request was somebody else's before it came here. */
const forwardingHeaders = ["x-forwarded-for", "forwarded", "x-real-ip", "via"] as const;

/**
 * Whether the request was made on this machine: a proxy beside the server makes connections from here for everybody.
 * @param client The client's address by the word of trusted proxies. Missing where none is trusted.
 *   Who was forwarded without such a word is taken to be elsewhere.
 */
export function isLocal({ socket, headers }: Pick<IncomingMessage, "socket" | "headers">, client?: string): boolean {
  if (!isLoopback(socket.remoteAddress)) return false;
  if (client !== undefined && headers["x-forwarded-for"] !== undefined) return isLoopback(client);
  return forwardingHeaders.every((name) => headers[name] === undefined);
}
