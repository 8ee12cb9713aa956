/** The server's side of a connection. */
import type { Duplex } from "node:stream";
import { EVERY_STREAM, Http2Connection } from "./connection.ts";
import { type ConnectionOptions, type ResolvedOptions, resolveOptions } from "./connection-options.ts";
import { ConnectionError, ErrorCode } from "./error-code.ts";
import type { Connection, ServerHandler, StreamHandler } from "./handler.ts";
import { type HeaderBlock, requestFault } from "./header-block.ts";
import { Setting } from "./settings.ts";
import { Http2Stream } from "./stream.ts";

/** After the first GOAWAY of a drain: streams that the peer opened before it read that are on their way for so long, if it does not answer a PING. */
const LONGEST_NOTICE_MS = 1000;

/** Serves HTTP/2 on a socket whose client is known to speak it: by ALPN, or by prior knowledge (RFC 9113 §3.2, §3.3). */
export function serveConnection(socket: Duplex, handler: ServerHandler, options: ConnectionOptions = {}): Connection {
  return new ServerSideConnection(socket, handler, resolveOptions(options, "server"));
}

class ServerSideConnection extends Http2Connection {
  readonly #handler: ServerHandler;
  /** The last stream that is served, once a drain has said so. */
  #lastServed = EVERY_STREAM;

  constructor(socket: Duplex, handler: ServerHandler, options: ResolvedOptions) {
    super(socket, handler, options, false);
    this.#handler = handler;
    this.begin(undefined, [Setting.MAX_CONCURRENT_STREAMS, options.maxConcurrentStreams]);
  }

  drain(graceMs?: number): void {
    if (this.state === "closed") return;
    this.limitGrace(graceMs);
    if (this.state === "draining") return;
    this.state = "draining";
    this.writeGoaway(EVERY_STREAM);
    const timer = this.options.clock.after(LONGEST_NOTICE_MS, () => this.#stopServing());
    this.ping(() => {
      timer.cancel();
      this.#stopServing();
    });
  }

  #stopServing(): void {
    if (this.state === "closed" || this.#lastServed !== EVERY_STREAM) return;
    this.#lastServed = this.lastPeerStreamId;
    this.writeGoaway(this.#lastServed);
    this.onRoom();
  }

  protected onRoom(): void {
    if (this.state === "draining" && this.#lastServed !== EVERY_STREAM && this.streams.size === 0) this.end(undefined);
  }

  /** A client may say GOAWAY too; it has no streams of ours to speak of, and its own it ends itself. */
  protected onPeerGoaway(): void {}

  protected isIdle(streamId: number): boolean {
    return streamId > this.lastPeerStreamId || streamId % 2 === 0;
  }

  protected onHeaders(streamId: number, block: HeaderBlock | undefined, endStream: boolean): void {
    const stream = this.streams.get(streamId);
    if (stream !== undefined) this.onTrailers(stream, block, endStream);
    else if (streamId > this.lastPeerStreamId) this.#open(streamId, block, endStream);
    else if (this.closedStreams.hasEnded(streamId))
      throw new ConnectionError(ErrorCode.STREAM_CLOSED, `HEADERS on closed stream ${streamId}`);
    else if (!this.closedStreams.wasReset(streamId))
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, `stream ${streamId} after stream ${this.lastPeerStreamId}`);
  }

  #open(streamId: number, block: HeaderBlock | undefined, endStream: boolean): void {
    if (streamId % 2 === 0) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, `a client opened stream ${streamId}`);
    this.lastPeerStreamId = streamId;
    if (streamId > this.#lastServed) this.closedStreams.add(streamId, true);
    else if (this.#isFull()) this.#refuse(streamId);
    else if (block === undefined) this.onStreamFault(streamId, ErrorCode.ENHANCE_YOUR_CALM);
    else if (requestFault(block) !== undefined || (endStream && block.contentLength > 0))
      this.onStreamFault(streamId, ErrorCode.PROTOCOL_ERROR);
    else this.#serve(streamId, block, endStream);
  }

  #isFull(): boolean {
    return this.streamCount >= this.options.maxConcurrentStreams || this.queuedBytes > this.options.maxQueuedBytes;
  }

  /** §5.1.2. Before it has acknowledged our limit the client cannot know better. */
  #refuse(streamId: number): void {
    if (this.settingsAcknowledged) this.guard.reset.spend();
    this.output.writer.rstStream(streamId, ErrorCode.REFUSED_STREAM);
    this.output.scheduleControl();
    this.closedStreams.add(streamId, true);
  }

  #serve(streamId: number, block: HeaderBlock, endStream: boolean): void {
    const stream = new Http2Stream(streamId, this, unheard, this.peer.initialWindowBytes, this.receiveBytes);
    stream.hasHead = true;
    stream.bodyLeft = block.contentLength;
    this.streams.set(streamId, stream);
    this.guard.windowUpdate.earn(2);
    if (endStream) stream.endRemote();
    try {
      stream.handler = this.#handler.onStream(stream, block, endStream);
      // Answered at once, and over before anyone could be told.
      if (!this.streams.has(streamId)) stream.handler.onClose(stream);
    } catch (error) {
      this.handlerFailed(stream, error);
    }
  }
}

/** Stands in until `onStream` has said who hears of the stream. */
const unheard: StreamHandler = {
  onHeaders() {},
  onData() {},
  onTrailers() {},
  onReset() {},
  onWritable() {},
  onClose() {},
};
