/** One stream: RFC 9113 §5.1's states, its windows, and what waits to be sent on it. */
import { ErrorCode } from "./error-code.ts";
import { ReceiveWindow, SendWindow } from "./flow-control.ts";
import type { Connection, HeaderList, Stream, StreamHandler, StreamState } from "./handler.ts";
import { checkList, type HpackEncoder } from "./hpack/encoder.ts";
import type { Output } from "./output.ts";
import type { QueuedSender, SendProgress, SendScheduler } from "./send-scheduler.ts";

/** What a stream needs of its connection. */
export interface StreamHost extends Connection {
  readonly output: Output;
  readonly encoder: HpackEncoder;
  readonly sendWindow: SendWindow;
  readonly scheduler: SendScheduler;
  /** The longest frame to send. */
  readonly sendFrameBytes: number;
  /** A stream's queue above which it is to wait. */
  readonly streamQueueBytes: number;
  writeBlock(stream: Http2Stream, block: Uint8Array, endStream: boolean): void;
  writeList(stream: Http2Stream, list: HeaderList, endStream: boolean): void;
  /** Bytes of DATA have been dealt with, or thrown away. */
  consumed(bytes: number): void;
  /** So many DATA frames have been written: their reader may ask for room, and whether we are there. */
  dataWritten(frames: number): void;
  /** The stream's queue has grown or shrunk. */
  queued(stream: Http2Stream, bytes: number): void;
  resetStream(stream: Http2Stream, code: number): void;
  /** Both sides have ended. */
  streamEnded(stream: Http2Stream): void;
  /** A stream that is closed is held no longer. */
  streamReleased(): void;
  /** A callback of the stream's handler has thrown. */
  handlerFailed(stream: Http2Stream, error: unknown): void;
}

/** Something to send that has to wait; exactly one of block, list and bytes is there. */
interface Piece {
  readonly block?: Uint8Array;
  readonly list?: HeaderList;
  readonly bytes?: Uint8Array;
  start: number;
  readonly end: number;
  readonly endStream: boolean;
}

export class Http2Stream implements Stream, QueuedSender {
  readonly id: number;
  readonly connection: StreamHost;
  handler: StreamHandler;
  state: StreamState = "open";
  readonly sendWindow: SendWindow;
  readonly receiveWindow: ReceiveWindow;
  queuedBytes = 0;
  /** Of the announced `content-length`, what has not come; -1 where none was announced. */
  bodyLeft = -1;
  /** On a client: the head of the answer has come. */
  hasHead = false;
  /** Rises with what is sent: for whoever watches progress. */
  sentBytes = 0;
  #unconsumed = 0;
  #queue: Piece[] | undefined;
  /** The last piece has been given, sent or not. */
  #ending = false;
  #isWaiting = false;
  #holds = 0;

  constructor(id: number, connection: StreamHost, handler: StreamHandler, sendBytes: number, receiveBytes: number) {
    this.id = id;
    this.connection = connection;
    this.handler = handler;
    this.sendWindow = new SendWindow(sendBytes);
    this.receiveWindow = new ReceiveWindow(receiveBytes);
  }

  get isHeld(): boolean {
    return this.#holds > 0;
  }

  /** The peer has sent its END_STREAM. */
  get remoteEnded(): boolean {
    return this.state === "half-closed (remote)" || this.state === "closed";
  }

  sendHeaders(block: Uint8Array, endStream: boolean): void {
    if (!this.#maySend()) return;
    this.#ending = endStream;
    if (this.#goesAtOnce()) this.connection.writeBlock(this, block, endStream);
    else this.#enqueue({ block, start: 0, end: 0, endStream });
  }

  sendHeaderList(list: HeaderList, endStream: boolean): void {
    if (!this.#maySend()) return;
    if (this.#goesAtOnce()) this.connection.writeList(this, list, endStream);
    else {
      checkList(list);
      this.#enqueue({ list, start: 0, end: 0, endStream });
    }
    this.#ending = endStream;
  }

  sendTrailers(block: Uint8Array): void {
    this.sendHeaders(block, true);
  }

  sendTrailerList(trailers: HeaderList): void {
    this.sendHeaderList(trailers, true);
  }

  sendData(bytes: Uint8Array, start: number, end: number, endStream: boolean): boolean {
    return this.#send(bytes, start, end, endStream, false);
  }

  sendCopy(bytes: Uint8Array, start: number, end: number, endStream: boolean): boolean {
    return this.#send(bytes, start, end, endStream, true);
  }

  sendUnary(headers: Uint8Array, bytes: Uint8Array, start: number, end: number, trailers: Uint8Array): void {
    this.sendHeaders(headers, false);
    this.#send(bytes, start, end, false, true);
    this.sendHeaders(trailers, true);
  }

  consume(bytes: number): void {
    const counted = Math.min(bytes, this.#unconsumed);
    if (counted <= 0) return;
    this.#unconsumed -= counted;
    this.connection.consumed(counted);
    if (!this.remoteEnded) this.grant(this.receiveWindow.consume(counted));
  }

  /** Lets the peer send so many bytes more. */
  grant(increment: number): void {
    if (increment === 0 || this.remoteEnded) return;
    this.connection.output.writer.windowUpdate(this.id, increment);
    this.connection.output.schedule();
  }

  reset(code: number): void {
    if (this.state !== "closed") this.connection.resetStream(this, code);
  }

  hold(): void {
    this.#holds++;
  }

  release(): void {
    if (this.#holds > 0 && --this.#holds === 0 && this.state === "closed") this.connection.streamReleased();
  }

  /** A DATA frame has come. @returns the code of what is wrong with it */
  receive(contentBytes: number, overheadBytes: number, endStream: boolean): ErrorCode | undefined {
    if (this.remoteEnded) return ErrorCode.STREAM_CLOSED;
    if (!this.hasHead) return ErrorCode.PROTOCOL_ERROR;
    if (!this.receiveWindow.take(contentBytes + overheadBytes)) return ErrorCode.FLOW_CONTROL_ERROR;
    if (this.bodyLeft >= 0) {
      // RFC 9113 §8.1.1.
      this.bodyLeft -= contentBytes;
      if (this.bodyLeft < 0 || (endStream && this.bodyLeft > 0)) return ErrorCode.PROTOCOL_ERROR;
    }
    this.#unconsumed += contentBytes + overheadBytes;
    if (overheadBytes > 0) this.consume(overheadBytes);
    return undefined;
  }

  /** The peer's END_STREAM has come. The connection calls `streamEnded` itself, after it has told the handler. */
  endRemote(): void {
    this.state = this.state === "open" ? "half-closed (remote)" : "closed";
  }

  /** Our END_STREAM has been written. */
  endLocal(): void {
    if (this.state === "open") this.state = "half-closed (local)";
    else if (this.state === "half-closed (remote)") {
      this.state = "closed";
      this.connection.streamEnded(this);
    }
  }

  /** The connection has done with it. @returns bytes that nobody will consume any more */
  close(): number {
    this.state = "closed";
    if (this.#queue !== undefined) {
      this.#queue = undefined;
      this.connection.scheduler.remove(this);
      this.#countQueued(-this.queuedBytes);
    }
    const unconsumed = this.#unconsumed;
    this.#unconsumed = 0;
    return unconsumed;
  }

  /** The stream's window has grown. */
  windowGrew(): void {
    if (this.#queue === undefined || this.sendWindow.available <= 0) return;
    this.connection.scheduler.add(this);
    this.connection.scheduler.run();
  }

  sendQueued(): SendProgress {
    let budget = this.connection.sendFrameBytes;
    while (this.#queue !== undefined) {
      const piece = this.#queue[0];
      if (piece === undefined) break;
      const sent = this.#sendPiece(piece, budget);
      if (typeof sent === "string") return sent;
      budget -= sent;
      this.#makeWritable();
      if (budget <= 0 && this.#queue !== undefined) return "more";
    }
    return "done";
  }

  /** @returns the bytes that were sent, or what holds them back */
  #sendPiece(piece: Piece, budget: number): number | SendProgress {
    if (piece.bytes === undefined) {
      this.#shift();
      if (piece.block !== undefined) this.connection.writeBlock(this, piece.block, piece.endStream);
      else if (piece.list !== undefined) this.connection.writeList(this, piece.list, piece.endStream);
      return 0;
    }
    const left = piece.end - piece.start;
    const length = Math.min(left, budget, this.sendWindow.available, this.connection.sendWindow.available);
    if (length <= 0 && left > 0) return this.sendWindow.available <= 0 ? "stream window" : "connection window";
    const { start } = piece;
    piece.start += length;
    this.#countQueued(-length);
    if (length === left) this.#shift();
    this.#writeData(piece.bytes, start, start + length, piece.endStream && length === left, false);
    return length;
  }

  #shift(): void {
    this.#queue?.shift();
    if (this.#queue?.length === 0) this.#queue = undefined;
  }

  #maySend(): boolean {
    return !this.#ending && (this.state === "open" || this.state === "half-closed (remote)");
  }

  #goesAtOnce(): boolean {
    return this.#queue === undefined && this.connection.output.hasRoom();
  }

  #send(bytes: Uint8Array, start: number, end: number, endStream: boolean, copy: boolean): boolean {
    if (!this.#maySend()) return true;
    this.#ending = endStream;
    const length = end - start;
    const allowed = Math.min(this.sendWindow.available, this.connection.sendWindow.available);
    if ((length <= allowed || length === 0) && this.#goesAtOnce()) {
      this.#writeData(bytes, start, end, endStream, copy);
      return true;
    }
    const piece = copy
      ? { bytes: Buffer.from(bytes.subarray(start, end)), start: 0, end: length, endStream }
      : { bytes, start, end, endStream };
    this.#enqueue(piece);
    this.#countQueued(length);
    // Sending may have begun, and the stream been reset for what its connection holds.
    if (this.#queue !== undefined && allowed > 0) this.connection.scheduler.run();
    this.#isWaiting = this.queuedBytes > this.connection.streamQueueBytes;
    return !this.#isWaiting;
  }

  #writeData(bytes: Uint8Array, start: number, end: number, endStream: boolean, copy: boolean): void {
    const { output, sendWindow, sendFrameBytes } = this.connection;
    const length = end - start;
    this.sendWindow.available -= length;
    sendWindow.available -= length;
    this.sentBytes += length;
    let from = start;
    for (; end - from > sendFrameBytes; from += sendFrameBytes)
      output.writer.data(this.id, bytes, from, from + sendFrameBytes, false, copy);
    output.writer.data(this.id, bytes, from, end, endStream, copy);
    output.schedule();
    this.connection.dataWritten(1 + (from - start) / sendFrameBytes);
    if (endStream) this.endLocal();
  }

  #enqueue(piece: Piece): void {
    this.#queue ??= [];
    this.#queue.push(piece);
    this.connection.scheduler.add(this);
  }

  #countQueued(bytes: number): void {
    this.queuedBytes += bytes;
    this.connection.queued(this, bytes);
  }

  #makeWritable(): void {
    if (!this.#isWaiting || this.queuedBytes > this.connection.streamQueueBytes / 2) return;
    this.#isWaiting = false;
    if (!this.#maySend()) return;
    try {
      this.handler.onWritable(this);
    } catch (error) {
      this.connection.handlerFailed(this, error);
    }
  }
}
