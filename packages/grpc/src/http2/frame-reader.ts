/**
 * Takes frames out of a socket's chunks (RFC 9113 §4, §6), wherever these are cut, and checks what can be checked without knowing streams.
 *
 * A frame that lies in one chunk is read where it lies; only one that is cut is put together first, and DATA never is: its pieces are passed on
 * as they come. A header block is passed on when it is whole, after HEADERS and its CONTINUATIONs, whose number and bytes are limited.
 */
import { BlockAssembly, type BlockLimits } from "./block-assembly.ts";
import { ConnectionError, ErrorCode } from "./error-code.ts";
import { CLIENT_PREFACE, FRAME_HEADER_BYTES, FrameFlag, FrameType, MAX_31_BITS, PING_BYTES, SETTING_BYTES } from "./frame.ts";

/** Who hears of frames. Payloads are views that hold during the call. */
export interface FrameSink {
  /** A DATA frame begins. `overheadBytes` is its padding, which counts for flow control too (§6.9.1). */
  onDataFrame(streamId: number, contentBytes: number, overheadBytes: number, endStream: boolean): void;
  /** A piece of the DATA frame that began last. */
  onDataPiece(chunk: Buffer, start: number, end: number, last: boolean): void;
  onHeaderBlock(streamId: number, bytes: Buffer, start: number, end: number, endStream: boolean): void;
  onPriority(streamId: number): void;
  onRstStream(streamId: number, code: number): void;
  onSettings(bytes: Buffer, start: number, end: number): void;
  onSettingsAck(): void;
  onPing(bytes: Buffer, start: number): void;
  onPingAck(bytes: Buffer, start: number): void;
  onGoawayFrame(lastStreamId: number, code: number, debug: string): void;
  onWindowUpdate(streamId: number, increment: number): void;
  /** A frame that is wrong, but harms its stream only (§5.4.2). */
  onStreamFault(streamId: number, code: number): void;
}

export interface FrameReaderLimits extends BlockLimits {
  /** Our SETTINGS_MAX_FRAME_SIZE. */
  readonly maxFrameBytes: number;
}

/** What the next octet belongs to. */
type Expecting = "preface" | "frame header" | "padding length" | "data" | "payload" | "skipped";

export class FrameReader {
  readonly #sink: FrameSink;
  readonly #maxFrameBytes: number;
  #expecting: Expecting;
  #stopped = false;
  /** §3.4: the first frame is SETTINGS. */
  #settingsSeen = false;
  #frames = 0;

  // The octets of a preface, a frame header or a payload that is cut.
  #header: Buffer | undefined;
  #gathered = 0;
  #payload: Buffer | undefined;

  // The frame being read.
  #length = 0;
  #type = 0;
  #flags = 0;
  #streamId = 0;
  /** Octets of it still to come: of a DATA frame's content, of what is skipped. */
  #left = 0;
  #padding = 0;

  readonly #block: BlockAssembly;

  constructor(sink: FrameSink, limits: FrameReaderLimits, expectPreface: boolean) {
    this.#sink = sink;
    this.#maxFrameBytes = limits.maxFrameBytes;
    this.#block = new BlockAssembly(limits);
    this.#expecting = expectPreface ? "preface" : "frame header";
  }

  /**
   * A number that stays the same as long as the peer owes the rest of the same frame or header block, and 0 when it owes nothing. A DATA frame may
   * take as long as it likes: its stream's time is another's concern.
   */
  get unfinished(): number {
    const waits = this.#block.streamId !== 0 || this.#gathered > 0 || this.#expecting === "payload";
    return waits ? this.#frames + 1 : 0;
  }

  /** Reads nothing more, not even the rest of the chunk. */
  stop(): void {
    this.#stopped = true;
    this.#payload = undefined;
    this.#block.drop();
  }

  /** @throws ConnectionError where the connection cannot go on; nothing may be read after it */
  read(chunk: Buffer): void {
    const end = chunk.length;
    let position = 0;
    while (position < end && !this.#stopped) {
      switch (this.#expecting) {
        case "frame header":
          position = this.#readHeader(chunk, position, end);
          break;
        case "data":
          position = this.#readData(chunk, position, end);
          break;
        case "payload":
          position = this.#readPayload(chunk, position, end);
          break;
        case "padding length":
          this.#beginData(chunk[position++] ?? 0);
          if (this.#left === 0) this.#endEmptyData(chunk, position);
          break;
        case "skipped":
          position = this.#skip(position, end);
          break;
        case "preface":
          position = this.#readPreface(chunk, position, end);
          break;
      }
    }
  }

  #readPreface(chunk: Buffer, from: number, end: number): number {
    let position = from;
    while (position < end && this.#gathered < CLIENT_PREFACE.length) {
      if (chunk[position] !== CLIENT_PREFACE[this.#gathered])
        throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "what came first is not HTTP/2's preface");
      position++;
      this.#gathered++;
    }
    if (this.#gathered === CLIENT_PREFACE.length) this.#expectHeader();
    return position;
  }

  #readHeader(chunk: Buffer, from: number, end: number): number {
    if (this.#gathered === 0 && end - from >= FRAME_HEADER_BYTES) {
      this.#parseHeader(chunk, from);
      this.#beginFrame(chunk, from + FRAME_HEADER_BYTES);
      return from + FRAME_HEADER_BYTES;
    }
    this.#header ??= Buffer.allocUnsafe(FRAME_HEADER_BYTES);
    const header = this.#header;
    let position = from;
    while (position < end && this.#gathered < FRAME_HEADER_BYTES) header[this.#gathered++] = chunk[position++] ?? 0;
    if (this.#gathered < FRAME_HEADER_BYTES) return position;
    this.#gathered = 0;
    this.#parseHeader(header, 0);
    this.#beginFrame(chunk, position);
    return position;
  }

  #parseHeader(bytes: Buffer, at: number): void {
    this.#length = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    this.#type = bytes[at + 3] ?? 0;
    this.#flags = bytes[at + 4] ?? 0;
    this.#streamId = readUint32(bytes, at + 5) & MAX_31_BITS;
  }

  /** The header is read; the payload begins at `position` of the chunk, if that has any of it. */
  #beginFrame(chunk: Buffer, position: number): void {
    if (this.#length > this.#maxFrameBytes)
      throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, `a frame of ${this.#length} bytes, above SETTINGS_MAX_FRAME_SIZE`);
    this.#checkOrder();
    if (this.#type === FrameType.DATA) this.#beginDataFrame(chunk, position);
    else if (this.#type > FrameType.CONTINUATION) {
      // §4.1: unknown types are discarded.
      this.#left = this.#length;
      this.#expecting = "skipped";
      if (this.#left === 0) this.#expectHeader();
    } else {
      this.#checkShape();
      this.#expecting = "payload";
      if (this.#length === 0) this.#finishPayload(chunk, position);
    }
  }

  #checkOrder(): void {
    if (!this.#settingsSeen) {
      if (this.#type !== FrameType.SETTINGS || (this.#flags & FrameFlag.ACK) !== 0) throw protocolError("the first frame is not SETTINGS");
      this.#settingsSeen = true;
    }
    const continues = this.#type === FrameType.CONTINUATION;
    if (this.#block.streamId !== 0) {
      if (!continues || this.#streamId !== this.#block.streamId) throw protocolError("a frame within a header block");
    } else if (continues) throw protocolError("CONTINUATION without HEADERS");
  }

  /** What is known from the header alone, before the payload is waited for: §6. */
  #checkShape(): void {
    const length = this.#length;
    switch (this.#type) {
      case FrameType.HEADERS:
      case FrameType.PRIORITY:
        this.#checkOnStream();
        break;
      case FrameType.RST_STREAM:
        this.#checkOnStream();
        checkLength("RST_STREAM", length === 4);
        break;
      case FrameType.SETTINGS:
        this.#checkOnConnection();
        checkLength("SETTINGS", (this.#flags & FrameFlag.ACK) !== 0 ? length === 0 : length % SETTING_BYTES === 0);
        break;
      case FrameType.PUSH_PROMISE:
        // §6.6, §8.4: a client cannot push, and our clients say SETTINGS_ENABLE_PUSH = 0.
        throw protocolError("PUSH_PROMISE, but push is off");
      case FrameType.PING:
        this.#checkOnConnection();
        checkLength("PING", length === PING_BYTES);
        break;
      case FrameType.GOAWAY:
        this.#checkOnConnection();
        checkLength("GOAWAY", length >= 8);
        break;
      case FrameType.WINDOW_UPDATE:
        checkLength("WINDOW_UPDATE", length === 4);
        break;
    }
  }

  #checkOnStream(): void {
    if (this.#streamId === 0) throw protocolError(`a frame of type ${this.#type} on stream 0`);
  }

  #checkOnConnection(): void {
    if (this.#streamId !== 0) throw protocolError(`a frame of type ${this.#type} on stream ${this.#streamId}`);
  }

  #expectHeader(): void {
    this.#frames++;
    this.#gathered = 0;
    this.#expecting = "frame header";
  }

  #skip(position: number, end: number): number {
    const taken = Math.min(this.#left, end - position);
    this.#left -= taken;
    if (this.#left === 0) this.#expectHeader();
    return position + taken;
  }

  #beginDataFrame(chunk: Buffer, position: number): void {
    this.#checkOnStream();
    if ((this.#flags & FrameFlag.PADDED) === 0) {
      this.#left = this.#length;
      this.#padding = 0;
      this.#sink.onDataFrame(this.#streamId, this.#length, 0, (this.#flags & FrameFlag.END_STREAM) !== 0);
      this.#expecting = "data";
      if (this.#left === 0) this.#endEmptyData(chunk, position);
    } else if (this.#length === 0) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, "DATA without its padding length");
    else this.#expecting = "padding length";
  }

  #beginData(padding: number): void {
    if (padding >= this.#length) throw protocolError("DATA with more padding than payload");
    this.#padding = padding;
    this.#left = this.#length - 1 - padding;
    this.#sink.onDataFrame(this.#streamId, this.#left, padding + 1, (this.#flags & FrameFlag.END_STREAM) !== 0);
    this.#expecting = "data";
  }

  #readData(chunk: Buffer, position: number, end: number): number {
    const taken = Math.min(this.#left, end - position);
    this.#left -= taken;
    const last = this.#left === 0;
    if (last) this.#endData();
    this.#sink.onDataPiece(chunk, position, position + taken, last);
    return position + taken;
  }

  #endEmptyData(chunk: Buffer, position: number): void {
    this.#endData();
    this.#sink.onDataPiece(chunk, position, position, true);
  }

  #endData(): void {
    this.#left = this.#padding;
    if (this.#left > 0) this.#expecting = "skipped";
    else this.#expectHeader();
  }

  #readPayload(chunk: Buffer, position: number, end: number): number {
    if (this.#gathered === 0 && end - position >= this.#length) {
      this.#finishPayload(chunk, position);
      return position + this.#length;
    }
    const payload = this.#payload ?? Buffer.allocUnsafeSlow(this.#length);
    this.#payload = payload;
    const taken = Math.min(this.#length - this.#gathered, end - position);
    chunk.copy(payload, this.#gathered, position, position + taken);
    this.#gathered += taken;
    if (this.#gathered === this.#length) {
      this.#payload = undefined;
      this.#finishPayload(payload, 0);
    }
    return position + taken;
  }

  #finishPayload(bytes: Buffer, start: number): void {
    this.#expectHeader();
    const acknowledges = (this.#flags & FrameFlag.ACK) !== 0;
    switch (this.#type) {
      case FrameType.HEADERS:
        this.#readHeaders(bytes, start);
        break;
      case FrameType.CONTINUATION:
        this.#readContinuation(bytes, start);
        break;
      case FrameType.PRIORITY:
        if (this.#length === 5) this.#sink.onPriority(this.#streamId);
        else this.#sink.onStreamFault(this.#streamId, ErrorCode.FRAME_SIZE_ERROR);
        break;
      case FrameType.RST_STREAM:
        this.#sink.onRstStream(this.#streamId, readUint32(bytes, start));
        break;
      case FrameType.SETTINGS:
        if (acknowledges) this.#sink.onSettingsAck();
        else this.#sink.onSettings(bytes, start, start + this.#length);
        break;
      case FrameType.PING:
        if (acknowledges) this.#sink.onPingAck(bytes, start);
        else this.#sink.onPing(bytes, start);
        break;
      case FrameType.GOAWAY:
        this.#readGoaway(bytes, start);
        break;
      case FrameType.WINDOW_UPDATE:
        this.#sink.onWindowUpdate(this.#streamId, readUint32(bytes, start) & MAX_31_BITS);
        break;
    }
  }

  #readGoaway(bytes: Buffer, start: number): void {
    const debug = bytes.toString("latin1", start + 8, start + this.#length);
    this.#sink.onGoawayFrame(readUint32(bytes, start) & MAX_31_BITS, readUint32(bytes, start + 4), debug);
  }

  /** §6.2: padding and the priority fields stand around the fragment; the latter say nothing any more (§5.3.2). */
  #readHeaders(bytes: Buffer, start: number): void {
    const padded = (this.#flags & FrameFlag.PADDED) !== 0;
    const overhead = (padded ? 1 : 0) + ((this.#flags & FrameFlag.PRIORITY) !== 0 ? 5 : 0);
    checkLength("HEADERS", this.#length >= overhead);
    const from = start + overhead;
    const to = start + this.#length - (padded ? (bytes[start] ?? 0) : 0);
    if (to < from) throw protocolError("HEADERS with more padding than payload");
    const endStream = (this.#flags & FrameFlag.END_STREAM) !== 0;
    if ((this.#flags & FrameFlag.END_HEADERS) === 0) {
      this.#block.begin(this.#streamId, endStream);
      this.#block.add(bytes, from, to);
      return;
    }
    this.#block.checkBytes(to - from);
    this.#sink.onHeaderBlock(this.#streamId, bytes, from, to, endStream);
  }

  #readContinuation(bytes: Buffer, start: number): void {
    this.#block.add(bytes, start, start + this.#length);
    if ((this.#flags & FrameFlag.END_HEADERS) === 0) {
      this.#block.countContinuation();
      return;
    }
    const whole = this.#block.end();
    this.#sink.onHeaderBlock(this.#streamId, whole, 0, whole.length, this.#block.endsStream);
  }
}

/** An unsigned 32-bit number in network order. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;
}

function checkLength(name: string, right: boolean): void {
  if (!right) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, `${name} with a wrong length`);
}

function protocolError(detail: string): ConnectionError {
  return new ConnectionError(ErrorCode.PROTOCOL_ERROR, detail);
}
