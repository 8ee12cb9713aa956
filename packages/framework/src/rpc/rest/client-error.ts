import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ArcanaError } from "../../error/index.ts";
import { frameworkError } from "../../error/index.ts";
import { STATUS_CODES } from "../node-http.ts";
import type { Failure } from "./failure.ts";
import { failureOf } from "./failure.ts";
import { parserError } from "./http-errors.ts";

/** Node keeps the response under way on its socket; its own handler of such errors looks there too. */
type HttpSocket = Socket & { readonly _httpMessage?: ServerResponse | null };
type ParserError = Error & { readonly code?: string };

/**
 * Answers what Node's parser refused, in the form of every other error, and ends the connection: after a malformed
 * request nobody can tell where the next one begins (RFC 9112 §9.3).
 */
export function createClientErrorHandler(requestIds: (request: Pick<IncomingMessage, "headers">) => string) {
  return function refuse(thrown: ParserError, socket: HttpSocket): void {
    if (thrown.code === "ECONNRESET" || socket.destroyed || !socket.writable) return;
    const pending = socket._httpMessage ?? undefined;
    // An earlier request, which came whole: its answer goes first.
    if (pending?.req.complete && !pending.writableFinished) pending.once("close", () => refuse(thrown, socket));
    // The request's own answer has begun, and a second one would be taken for its end.
    else if (pending?.headersSent) socket.destroySoon();
    else send(socket, parserError(thrown), requestIds({ headers: {} }));
  };
}

/** Answers CONNECT, for which Node has no answer of its own: it would end the connection without a word. */
export function createTunnelRefusal(requestIds: (request: Pick<IncomingMessage, "headers">) => string) {
  return (request: IncomingMessage, socket: Duplex): void => {
    // Node has let go of the socket: its errors are ours now.
    socket.on("error", () => {});
    send(socket as Socket, frameworkError("NOT_IMPLEMENTED", "this server is no proxy"), requestIds(request));
  };
}

function send(socket: Socket, error: ArcanaError, requestId: string): void {
  socket.write(responseText(failureOf(error, requestId, undefined), requestId));
  socket.destroySoon();
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
