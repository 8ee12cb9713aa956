/** The client's side of a connection. */
import type { Duplex } from "node:stream";
import { Http2Connection } from "./connection.ts";
import { type ConnectionOptions, type ResolvedOptions, resolveOptions } from "./connection-options.ts";
import { ConnectionError, ErrorCode } from "./error-code.ts";
import { CLIENT_PREFACE, MAX_31_BITS } from "./frame.ts";
import type { ClientConnection, ClientHandler, HeaderList, Stream, StreamHandler } from "./handler.ts";
import { type HeaderBlock, responseFault } from "./header-block.ts";
import { Setting } from "./settings.ts";
import { Http2Stream } from "./stream.ts";

/** What is assumed of a peer that has not spoken: what RFC 9113 §6.5.2 recommends as the least. */
const STREAMS_BEFORE_SETTINGS = 100;

/** Speaks HTTP/2 on a socket whose server is known to: by ALPN, or by prior knowledge (RFC 9113 §3.2, §3.3). The socket may still be connecting. */
export function openConnection(socket: Duplex, handler: ClientHandler, options: ConnectionOptions = {}): ClientConnection {
  return new ClientSideConnection(socket, handler, resolveOptions(options, "client"));
}

class ClientSideConnection extends Http2Connection implements ClientConnection {
  readonly #handler: ClientHandler;
  #nextStreamId = 1;
  /** `openStream` has been refused for want of room. */
  #isAwaited = false;

  constructor(socket: Duplex, handler: ClientHandler, options: ResolvedOptions) {
    super(socket, handler, options, true);
    this.#handler = handler;
    this.begin(CLIENT_PREFACE, [Setting.ENABLE_PUSH, 0]);
  }

  get maxConcurrentStreams(): number {
    return this.state === "handshake" ? STREAMS_BEFORE_SETTINGS : this.peer.maxConcurrentStreams;
  }

  get hasCapacity(): boolean {
    return this.#mayOpen() && this.streamCount < this.maxConcurrentStreams;
  }

  /** §5.1.1: numbers are not used again; a connection that has none left is replaced by another. */
  #mayOpen(): boolean {
    return (this.state === "open" || this.state === "handshake") && this.#nextStreamId <= MAX_31_BITS;
  }

  openStream(fixed: HeaderList, extra: HeaderList, endStream: boolean, handler: StreamHandler): Stream | undefined {
    if (!this.hasCapacity) {
      this.#isAwaited = this.#mayOpen();
      return undefined;
    }
    this.encoder.begin();
    this.encoder.addFixed(fixed);
    this.encoder.add(extra);
    const stream = new Http2Stream(this.#nextStreamId, this, handler, this.peer.initialWindowBytes, this.receiveBytes);
    this.#nextStreamId += 2;
    this.streams.set(stream.id, stream);
    this.guard.windowUpdate.earn(2);
    this.writeHeaders(stream, this.encoder.end(), endStream);
    return stream;
  }

  drain(graceMs?: number): void {
    if (this.state === "closed") return;
    this.limitGrace(graceMs);
    if (this.state !== "draining") this.writeGoaway(0);
    this.state = "draining";
    this.onRoom();
  }

  protected onRoom(): void {
    if (this.state === "draining" && this.streams.size === 0) this.end(undefined);
    else if (this.#isAwaited && this.hasCapacity) {
      this.#isAwaited = false;
      this.#handler.onCapacity(this);
    }
  }

  /** §6.8: what the server has not looked at can be tried elsewhere; what it has goes on. */
  protected onPeerGoaway(lastStreamId: number): void {
    for (const stream of [...this.streams.values()])
      if (stream.id > lastStreamId) this.endStreamEarly(stream, ErrorCode.REFUSED_STREAM, "unprocessed");
  }

  protected isIdle(streamId: number): boolean {
    return streamId >= this.#nextStreamId || streamId % 2 === 0;
  }

  protected onHeaders(streamId: number, block: HeaderBlock | undefined, endStream: boolean): void {
    const stream = this.streams.get(streamId);
    if (stream === undefined) this.#onAbsent(streamId);
    else if (stream.hasHead) this.onTrailers(stream, block, endStream);
    else if (stream.remoteEnded) this.onStreamFault(streamId, ErrorCode.STREAM_CLOSED);
    else if (block === undefined) this.onStreamFault(streamId, ErrorCode.ENHANCE_YOUR_CALM);
    else if (responseFault(block) !== undefined) this.onStreamFault(streamId, ErrorCode.PROTOCOL_ERROR);
    else if (block.status?.charCodeAt(0) === 0x31) {
      // 1xx: the answer itself is still to come (§8.1).
      if (endStream) this.onStreamFault(streamId, ErrorCode.PROTOCOL_ERROR);
    } else this.#onHead(stream, block, endStream);
  }

  #onAbsent(streamId: number): void {
    if (this.isIdle(streamId)) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, `HEADERS on idle stream ${streamId}`);
    if (!this.closedStreams.wasReset(streamId)) throw new ConnectionError(ErrorCode.STREAM_CLOSED, `HEADERS on closed stream ${streamId}`);
  }

  #onHead(stream: Http2Stream, block: HeaderBlock, endStream: boolean): void {
    stream.hasHead = true;
    stream.bodyLeft = block.contentLength;
    if (endStream) stream.endRemote();
    try {
      stream.handler.onHeaders(stream, block, endStream);
    } catch (error) {
      this.handlerFailed(stream, error);
    }
    if (endStream) this.settle(stream);
  }
}
