/**
 * The seam between HTTP/2 and what speaks over it: what a connection tells the layer above, and what that layer can ask.
 *
 * The life of a call on a server: `ServerHandler.onStream` gives the stream its `StreamHandler`; then `onData` (any number, in any pieces), perhaps
 * `onTrailers`; and last, always and once, `onClose`. Anything that ends it early is said before by `onReset`.
 * On a client the same, with `onHeaders` for the answer's head.
 *
 * What is written in one turn of the event loop goes to the socket in one write. A handler may write from within any of its callbacks.
 * A callback that throws costs its stream (INTERNAL_ERROR), not the connection; the error goes to `ConnectionHandler.onError`.
 */
import type { ConnectionError } from "./error-code.ts";
import type { HeaderBlock } from "./header-block.ts";

/**
 * Who ended a stream early.
 * - `peer`: it sent RST_STREAM; the code is its.
 * - `local`: this side found a fault of the peer on the stream (a malformed message, a window overrun), and has sent RST_STREAM.
 * - `unprocessed`: the peer said that it has not looked at the stream (REFUSED_STREAM, or GOAWAY below its number): it can be tried again elsewhere (§8.7).
 * - `connection`: the connection has ended under it; whether the peer has seen it is not known.
 */
export type ResetOrigin = "peer" | "local" | "unprocessed" | "connection";

/** What happens on one stream. One object may serve many streams: each callback says which. */
export interface StreamHandler {
  /** Client only: the head of the answer. Informational ones (1xx) are passed over. With `endStream` the answer ends here ("trailers-only"). */
  onHeaders(stream: Stream, headers: HeaderBlock, endStream: boolean): void;
  /**
   * A piece of the body: `chunk[start..end)`, cut wherever the socket cut it. It is a view of the socket's chunk: it stays as it is, but keeping it keeps the
   * whole chunk (up to 64 KiB), so copy what is small and kept long. Give the bytes back with `stream.consume`. The last piece may be empty.
   */
  onData(stream: Stream, chunk: Uint8Array, start: number, end: number, endStream: boolean): void;
  /** The trailers; the peer sends no more on this stream. */
  onTrailers(stream: Stream, trailers: HeaderBlock): void;
  /** The stream has ended early; nothing can be written to it any more. Not called for what this side asked for by `stream.reset`. */
  onReset(stream: Stream, code: number, origin: ResetOrigin): void;
  /** After `sendData` answered false: there is room again. */
  onWritable(stream: Stream): void;
  /** The stream is over, in whatever way. The last callback, once for each stream. */
  onClose(stream: Stream): void;
}

/** What happens to a connection as a whole. */
export interface ConnectionHandler {
  /** The peer's first SETTINGS have come: it speaks HTTP/2, and its limits are known. */
  onReady(connection: Connection): void;
  /** The peer takes no more streams (§6.8): a client opens the next elsewhere. Streams that it has not looked at get their `onReset` after this. */
  onGoaway(connection: Connection, code: number, debug: string): void;
  /** The connection is over, and so is each of its streams. Without an error it ended as both sides wanted. */
  onClose(connection: Connection, error: ConnectionError | undefined): void;
  /** A callback has thrown. */
  onError(connection: Connection, error: unknown): void;
}

/** What a server says to a new stream. */
export interface ServerHandler extends ConnectionHandler {
  /** A request whose head is well-formed (§8.3.1). With `endStream` it has no body. */
  onStream(stream: Stream, headers: HeaderBlock, endStream: boolean): StreamHandler;
}

/** What a client wants to know beyond that. */
export interface ClientHandler extends ConnectionHandler {
  /** `openStream` was full (it returned undefined) and is so no longer. */
  onCapacity(connection: ClientConnection): void;
}

/**
 * The state of a stream that exists (RFC 9113 §5.1). Idle streams have no object, reserved ones cannot be: push is off.
 * Of `half-closed (local)` this side has sent its END_STREAM, of `half-closed (remote)` the peer.
 */
export type StreamState = "open" | "half-closed (local)" | "half-closed (remote)" | "closed";

/** A block of header fields, name after value: `[":method", "POST", ":path", "/", …]`. Names in lower case, pseudo-headers first. */
export type HeaderList = readonly string[];

/**
 * One exchange of a request and an answer. Calls on a stream that is closed, or closed for sending, do nothing:
 * the peer can end a stream at any time, and that is told by `onReset`.
 */
export interface Stream {
  readonly id: number;
  readonly state: StreamState;
  readonly connection: Connection;
  /** Who hears what happens; may be exchanged. */
  handler: StreamHandler;
  /** Bytes given to `sendData` that the peer's windows or the socket hold back. */
  readonly queuedBytes: number;

  /** Sends a head that was encoded before, once for all connections: see `encodeStateless`. */
  sendHeaders(block: Uint8Array, endStream: boolean): void;
  /** Sends a head through the connection's compression: for fields that come again on this connection. */
  sendHeaderList(headers: HeaderList, endStream: boolean): void;
  /**
   * Sends `bytes[start..end)`. They belong to the connection from now on: small pieces are copied, big ones go to the socket as they are.
   * @returns false where the stream's queue is over its limit: stop until `onWritable`. What was given is sent all the same.
   */
  sendData(bytes: Uint8Array, start: number, end: number, endStream: boolean): boolean;
  /** As `sendData`, but the bytes are copied before it returns: for a buffer that is used again. */
  sendCopy(bytes: Uint8Array, start: number, end: number, endStream: boolean): boolean;
  /**
   * Sends trailers that were encoded before; the last that this side sends. The stream is over when the peer has ended its side too. A server that does not
   * want what is still to come says so by `reset(ErrorCode.NO_ERROR)` after its trailers (RFC 9113 §8.1): else the stream keeps its place.
   */
  sendTrailers(block: Uint8Array): void;
  /** Sends trailers through the connection's compression; the last that this side sends. */
  sendTrailerList(trailers: HeaderList): void;
  /**
   * A whole unary answer in one go: head, one message (copied), trailers. The cheapest way; it is the same as
   * `sendHeaders`, `sendCopy`, `sendTrailers`.
   */
  sendUnary(headers: Uint8Array, bytes: Uint8Array, start: number, end: number, trailers: Uint8Array): void;

  /** The bytes of `onData` have been dealt with: the peer may send as many more (§5.2). Windows are updated in batches. */
  consume(bytes: number): void;
  /** Ends the stream at once with RST_STREAM. What is queued is thrown away. `onClose` follows, `onReset` does not. */
  reset(code: number): void;
  /**
   * The stream keeps its place among the concurrent ones although it may end, because work for it goes on. Each `hold` needs its `release`.
   * Without it a client that resets its calls as fast as it makes them has more of them running than SETTINGS_MAX_CONCURRENT_STREAMS says (CVE-2023-44487).
   */
  hold(): void;
  release(): void;
}

/**
 * Where a connection is in its life. `handshake`: the peer's SETTINGS have not come. `draining`: no new streams, what runs goes on.
 * `closed`: nothing is read or written any more.
 */
export type ConnectionState = "handshake" | "open" | "draining" | "closed";

/** An HTTP/2 connection over some `Duplex`. */
export interface Connection {
  readonly state: ConnectionState;
  /** Streams that are open or held. */
  readonly streamCount: number;
  /** Bytes that have come from the peer so far: a sign of life. */
  readonly receivedBytes: number;
  /** SETTINGS_MAX_HEADER_LIST_SIZE of the peer: advice on what it takes; infinite where it has not said. */
  readonly peerMaxHeaderListBytes: number;
  /**
   * Sends PING and calls back with the milliseconds that its answer took, or with undefined when the connection ends before.
   */
  ping(onAnswer: (roundTripMs: number | undefined) => void): void;
  /**
   * Ends the connection when its streams have: GOAWAY for all streams, then, when the peer has had time to hear it, GOAWAY with the last that is served
   * (§6.8). On a client no stream can be opened any more. `onClose` tells the end.
   * @param graceMs after so long the streams that still run are cut off; without it they have as long as they take
   */
  drain(graceMs?: number): void;
  /** Ends the connection now: GOAWAY with the code, its streams get `onReset` with origin `connection`. */
  close(code?: number, debug?: string): void;
}

export interface ClientConnection extends Connection {
  /** How many streams the peer allows at a time. 100 is assumed until it has said. */
  readonly maxConcurrentStreams: number;
  /** Whether `openStream` would give a stream now. */
  readonly hasCapacity: boolean;
  /**
   * Opens a stream. Fixed fields are given as one list that is the same array for each call of a method:
   * the block that they make is remembered by it.
   * @param fixed pseudo-headers and the fields that come again on each call
   * @param extra further fields of this call (no pseudo-headers)
   * @returns undefined where no stream can be opened: the peer's limit is reached (`onCapacity` will tell), or the connection drains or has ended
   */
  openStream(fixed: HeaderList, extra: HeaderList, endStream: boolean, handler: StreamHandler): Stream | undefined;
}
