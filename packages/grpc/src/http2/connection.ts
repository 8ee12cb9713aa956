/** What both roles of a connection do with streams: RFC 9113 §5, §6, §8.1. */
import type { Duplex } from "node:stream";
import { ClosedStreams } from "./closed-streams.ts";
import type { ResolvedOptions } from "./connection-options.ts";
import { Endpoint } from "./endpoint.ts";
import { ConnectionError, ErrorCode } from "./error-code.ts";
import { ReceiveWindow, SendWindow } from "./flow-control.ts";
import { MAX_31_BITS } from "./frame.ts";
import type { ConnectionHandler, HeaderList, ResetOrigin } from "./handler.ts";
import { type HeaderBlock, trailerFault } from "./header-block.ts";
import { HpackDecoder } from "./hpack/decoder.ts";
import { SendScheduler } from "./send-scheduler.ts";
import { DEFAULT_WINDOW_BYTES } from "./settings.ts";
import type { Http2Stream, StreamHost } from "./stream.ts";
import { Watchdog, type Watched } from "./watchdog.ts";

/** A stream that adds to a queue of so many times `maxQueuedBytes` is reset. */
const HARD_QUEUE_FACTOR = 4;

export abstract class Http2Connection extends Endpoint implements StreamHost, Watched {
  readonly sendWindow = new SendWindow(DEFAULT_WINDOW_BYTES);
  readonly scheduler: SendScheduler;
  readonly streamQueueBytes: number;
  queuedBytes = 0;
  readonly streams = new Map<number, Http2Stream>();

  protected readonly closedStreams = new ClosedStreams();
  protected heldStreams = 0;
  /** What the peer's streams may send at first: our setting, once the peer has acknowledged it. */
  protected receiveBytes = DEFAULT_WINDOW_BYTES;

  readonly #decoder: HpackDecoder;
  readonly #receiveWindow: ReceiveWindow;
  readonly #watchdog: Watchdog;
  /** Whose DATA frame is being read; none where it is thrown away. */
  #dataStream: Http2Stream | undefined;
  #dataEndsStream = false;

  protected constructor(socket: Duplex, handler: ConnectionHandler, options: ResolvedOptions, peerIsServer: boolean) {
    super(socket, handler, options, peerIsServer);
    this.#decoder = new HpackDecoder(options.maxHeaderListBytes);
    this.scheduler = new SendScheduler(this.output, this.sendWindow);
    this.#receiveWindow = new ReceiveWindow(Math.max(DEFAULT_WINDOW_BYTES, options.connectionWindowBytes));
    this.streamQueueBytes = options.streamQueueBytes;
    this.#watchdog = new Watchdog(this, this.guard, options);
  }

  get streamCount(): number {
    return this.streams.size + this.heldStreams;
  }

  /** A whole header block has come and been decoded; without it, its list was beyond the limit. */
  protected abstract onHeaders(streamId: number, block: HeaderBlock | undefined, endStream: boolean): void;
  /** Whether the stream has never been, nor could the peer have ended it. */
  protected abstract isIdle(streamId: number): boolean;

  // What streams ask for.

  writeBlock(stream: Http2Stream, block: Uint8Array, endStream: boolean): void {
    if (this.encoder.mustAnnounceSize) {
      this.encoder.begin();
      this.encoder.addBlock(block);
      this.writeHeaders(stream, this.encoder.end(), endStream);
    } else this.writeHeaders(stream, block, endStream);
  }

  writeList(stream: Http2Stream, list: HeaderList, endStream: boolean): void {
    this.encoder.begin();
    this.encoder.add(list);
    this.writeHeaders(stream, this.encoder.end(), endStream);
  }

  protected writeHeaders(stream: Http2Stream, block: Uint8Array, endStream: boolean): void {
    this.output.writer.headers(stream.id, block, endStream, this.sendFrameBytes);
    this.output.schedule();
    if (endStream) stream.endLocal();
  }

  consumed(bytes: number): void {
    if (this.state === "closed") return;
    const increment = this.#receiveWindow.consume(bytes);
    if (increment === 0) return;
    this.output.writer.windowUpdate(0, increment);
    this.output.schedule();
  }

  dataWritten(frames: number): void {
    this.guard.windowUpdate.earn(4 * frames);
    this.guard.ping.earn(frames);
  }

  queued(stream: Http2Stream, bytes: number): void {
    this.queuedBytes += bytes;
    if (bytes > 0 && this.queuedBytes > HARD_QUEUE_FACTOR * this.options.maxQueuedBytes)
      this.endStreamEarly(stream, ErrorCode.ENHANCE_YOUR_CALM, "local");
  }

  resetStream(stream: Http2Stream, code: number): void {
    this.output.writer.rstStream(stream.id, code);
    this.output.schedule();
    this.#forget(stream, true);
  }

  streamEnded(stream: Http2Stream): void {
    this.guard.reset.earn(1);
    this.#forget(stream, false);
  }

  streamReleased(): void {
    this.heldStreams--;
    this.onRoom();
  }

  /** Resets the stream and tells its handler. */
  endStreamEarly(stream: Http2Stream, code: number, origin: ResetOrigin): void {
    if (stream.state === "closed") return;
    if (origin === "local") {
      this.output.writer.rstStream(stream.id, code);
      this.output.schedule();
    }
    // Closed for whatever the handler does now, but not yet forgotten.
    stream.state = "closed";
    try {
      stream.handler.onReset(stream, code, origin);
    } catch (error) {
      this.reportError(error);
    }
    this.#forget(stream, origin === "local");
  }

  #forget(stream: Http2Stream, wasReset: boolean): void {
    this.consumed(stream.close());
    this.streams.delete(stream.id);
    this.closedStreams.add(stream.id, wasReset);
    if (stream.isHeld) this.heldStreams++;
    try {
      stream.handler.onClose(stream);
    } catch (error) {
      this.reportError(error);
    }
    this.onRoom();
  }

  /** A callback has thrown: its stream ends. */
  handlerFailed(stream: Http2Stream, error: unknown): void {
    this.reportError(error);
    this.endStreamEarly(stream, ErrorCode.INTERNAL_ERROR, "local");
  }

  /** The peer has done something wrong on a stream. Counted as if it had reset it: CVE-2025-8671. */
  onStreamFault(streamId: number, code: number): void {
    if (this.isIdle(streamId)) throw new ConnectionError(code, `a faulty frame on idle stream ${streamId}`);
    this.guard.reset.spend();
    const stream = this.streams.get(streamId);
    if (stream !== undefined) {
      this.endStreamEarly(stream, code, "local");
      return;
    }
    if (this.closedStreams.wasReset(streamId)) return;
    this.output.writer.rstStream(streamId, code);
    this.output.scheduleControl();
    this.closedStreams.add(streamId, true);
  }

  // What the peer sends.

  onDataFrame(streamId: number, contentBytes: number, overheadBytes: number, endStream: boolean): void {
    const bytes = contentBytes + overheadBytes;
    if (!this.#receiveWindow.take(bytes)) throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, "DATA beyond the connection's window");
    if (contentBytes === 0 && !endStream) this.guard.emptyData.spend();
    const stream = this.streams.get(streamId);
    this.#dataStream = stream;
    this.#dataEndsStream = endStream;
    const code = stream === undefined ? this.#dataOnAbsent(streamId) : stream.receive(contentBytes, overheadBytes, endStream);
    if (stream !== undefined && code === undefined) return;
    if (code !== undefined) this.onStreamFault(streamId, code);
    this.#dataStream = undefined;
    this.consumed(bytes);
  }

  /** DATA on a stream that is over: thrown away where the peer may not have known (§5.1). */
  #dataOnAbsent(streamId: number): undefined {
    if (this.isIdle(streamId)) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, `DATA on idle stream ${streamId}`);
    if (!this.closedStreams.wasReset(streamId)) throw new ConnectionError(ErrorCode.STREAM_CLOSED, `DATA on closed stream ${streamId}`);
    return undefined;
  }

  onDataPiece(chunk: Buffer, start: number, end: number, last: boolean): void {
    const stream = this.#dataStream;
    if (stream === undefined || stream.state === "closed") return;
    const endStream = last && this.#dataEndsStream;
    // The stream stays until its handler has heard of it, though both sides may have ended.
    if (endStream) stream.endRemote();
    try {
      stream.handler.onData(stream, chunk, start, end, endStream);
    } catch (error) {
      this.handlerFailed(stream, error);
    }
    if (endStream) this.settle(stream);
  }

  /** The handler has heard of the peer's END_STREAM. */
  protected settle(stream: Http2Stream): void {
    if (stream.state === "closed" && this.streams.has(stream.id)) this.streamEnded(stream);
  }

  onHeaderBlock(streamId: number, bytes: Buffer, start: number, end: number, endStream: boolean): void {
    // Always decoded, whatever becomes of the stream: the tables must stay in step (§4.3).
    this.onHeaders(streamId, this.#decoder.decode(bytes, start, end), endStream);
  }

  onRstStream(streamId: number, code: number): void {
    if (this.isIdle(streamId)) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, `RST_STREAM on idle stream ${streamId}`);
    const stream = this.streams.get(streamId);
    // A server can reset no more streams than its client has opened.
    if (stream === undefined || !this.peerIsServer) this.guard.reset.spend();
    if (stream === undefined) return;
    this.endStreamEarly(stream, code, this.peerIsServer && code === ErrorCode.REFUSED_STREAM ? "unprocessed" : "peer");
  }

  onWindowUpdate(streamId: number, increment: number): void {
    this.guard.windowUpdate.spend();
    if (streamId === 0) this.#connectionWindowUpdate(increment);
    else if (this.isIdle(streamId)) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, `WINDOW_UPDATE on idle stream ${streamId}`);
    else if (increment === 0) this.onStreamFault(streamId, ErrorCode.PROTOCOL_ERROR);
    else {
      const stream = this.streams.get(streamId);
      if (stream === undefined) return;
      if (stream.sendWindow.grow(increment)) stream.windowGrew();
      else this.onStreamFault(streamId, ErrorCode.FLOW_CONTROL_ERROR);
    }
  }

  #connectionWindowUpdate(increment: number): void {
    if (increment === 0) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE of 0 on the connection");
    if (!this.sendWindow.grow(increment))
      throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, "the connection's window is above 2^31-1");
    this.scheduler.windowGrew();
  }

  /** §6.9.2. */
  protected onPeerWindow(bytes: number): void {
    for (const stream of this.streams.values())
      if (!stream.sendWindow.grow(bytes))
        throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, "SETTINGS_INITIAL_WINDOW_SIZE overflows a window");
    if (bytes > 0) for (const stream of this.streams.values()) stream.windowGrew();
  }

  protected onOwnSettings(): void {
    const { headerTableBytes, streamWindowBytes } = this.options;
    this.#decoder.limitTable(headerTableBytes);
    for (const stream of this.streams.values()) stream.grant(stream.receiveWindow.resize(this.receiveBytes, streamWindowBytes));
    this.receiveBytes = streamWindowBytes;
  }

  protected onDrain(): void {
    this.scheduler.run();
  }

  protected endStreams(code: number): void {
    this.#watchdog.stop();
    for (const stream of [...this.streams.values()]) this.endStreamEarly(stream, code, "connection");
  }

  /** Trailers, or a header block on a stream that may have none: §8.1. */
  protected onTrailers(stream: Http2Stream, block: HeaderBlock | undefined, endStream: boolean): void {
    if (stream.remoteEnded) this.onStreamFault(stream.id, ErrorCode.STREAM_CLOSED);
    else if (block === undefined) this.onStreamFault(stream.id, ErrorCode.ENHANCE_YOUR_CALM);
    else if (!endStream || stream.bodyLeft > 0 || trailerFault(block) !== undefined)
      this.onStreamFault(stream.id, ErrorCode.PROTOCOL_ERROR);
    else {
      stream.endRemote();
      try {
        stream.handler.onTrailers(stream, block);
      } catch (error) {
        this.handlerFailed(stream, error);
      }
      this.settle(stream);
    }
  }
}

/** GOAWAY that cuts nothing off yet: RFC 9113 §6.8. */
export const EVERY_STREAM = MAX_31_BITS;
