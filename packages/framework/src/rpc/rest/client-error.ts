import type { IncomingMessage, ServerResponse } from "node:http";
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Failure } from "./failure.ts";
import { failureOf } from "./failure.ts";
import { parserError } from "./http-errors.ts";

/** Node keeps the response under way on its socket; its own handler of such errors looks there too. */
type HttpSocket = Socket & { readonly _httpMessage?: ServerResponse | null };

/**
 * Answers what Node's parser refused, in the form of every other error, and ends the connection: after a malformed
 * request nobody can tell where the next one begins (RFC 9112 §9.3).
 */
export function createClientErrorHandler(requestIds: (request: Pick<IncomingMessage, "headers">) => string) {
  return (thrown: Error & { readonly code?: string }, socket: HttpSocket): void => {
    if (thrown.code === "ECONNRESET" || socket.destroyed) return;
    // In the middle of an answer to an earlier request a second one would be taken for its end.
    if (!socket.writable || socket._httpMessage?.headersSent) {
      socket.destroy();
      return;
    }
    const id = requestIds({ headers: {} });
    socket.end(responseText(failureOf(parserError(thrown), id, undefined), id), () => socket.destroy());
  };
}

function responseText({ status, headers, body }: Failure, requestId: string): string {
  const all = {
    ...headers,
    date: new Date().toUTCString(),
    connection: "close",
    "content-length": String(Buffer.byteLength(body)),
    "x-content-type-options": "nosniff",
    "x-request-id": requestId,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("")}\r\n${body}`;
}
