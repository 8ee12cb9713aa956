/** Who a request came from, where proxies stand in front: one rule for all protocols. */
import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import proxyAddr from "@fastify/proxy-addr";

/** Whether the address is a proxy's whose `X-Forwarded-For` is believed. */
export type TrustProxy = (address: string, hop: number) => boolean;

/** @param proxies addresses and networks, such as `10.0.0.0/8`. @throws TypeError for what is neither */
export function trustProxies(proxies: readonly string[]): TrustProxy | undefined {
  return proxies.length === 0 ? undefined : proxyAddr.compile([...proxies]);
}

/**
 * The address of the connection. Where that is a trusted proxy's: the last of `X-Forwarded-For` that is none, for what
 * stands before it the client may have made up.
 */
export function clientAddress(request: IncomingMessage | Http2ServerRequest, trust: TrustProxy | undefined): string {
  // Both kinds of request have what it reads, the header and the socket's address.
  return (trust === undefined ? request.socket.remoteAddress : proxyAddr(request as IncomingMessage, trust)) ?? "";
}
