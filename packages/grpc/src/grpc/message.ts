// Length-Prefixed-Message: a flag, four bytes of length, and the message (gRPC over HTTP/2, "Data Frames").
import { Code, ConnectError } from "@connectrpc/connect";

export const PREFIX_BYTES = 5;

/** Takes the messages that a `MessageReader` finds. */
export interface MessageSink {
  /**
   * A whole message: `bytes[start..end)`. The bytes are lent: they may be a part of the chunk, or memory that is used
   * again. Who needs them after the call returns makes a copy.
   */
  onMessage(bytes: Buffer, start: number, end: number, compressed: boolean): void;
}

/** Smaller than this, memory for a message that comes in pieces is taken at once; above, it grows as the pieces come. */
const FIRST_ROOM_BYTES = 16_384;

/**
 * Finds the messages in the chunks of a stream, wherever they were cut. A message within one chunk is not copied.
 * What a peer announces but does not send takes no memory.
 */
export class MessageReader {
  readonly #maxBytes: number;
  readonly #sink: MessageSink;
  /** How much of the prefix has come: 0 to 4; or 5, when the message itself is being read. */
  #prefixBytes = 0;
  #compressed = false;
  /** The length; while the prefix is not complete, the part of it that has come. */
  #length = 0;
  #pending: Buffer = nothing;
  #pendingBytes = 0;

  /** @param maxBytes the longest message that is taken, as it is on the wire */
  constructor(maxBytes: number, sink: MessageSink) {
    this.#maxBytes = maxBytes;
    this.#sink = sink;
  }

  /**
   * Reads `chunk[start..end)` and hands on each message that it completes.
   *
   * @throws ConnectError `resource_exhausted` at the prefix of a message that is too long, before it is read;
   *   `internal` at a flag other than 0 and 1. The stream must be given up then.
   */
  push(chunk: Uint8Array, start: number, end: number): void {
    const bytes = toBuffer(chunk);
    let pos = start;
    while (pos < end) {
      if (this.#prefixBytes < PREFIX_BYTES) {
        pos = this.#readPrefix(bytes, pos, end);
        if (this.#prefixBytes < PREFIX_BYTES || (pos === end && this.#length > 0)) return;
      }
      pos = this.#readMessage(bytes, pos, end);
    }
  }

  /**
   * The stream has ended.
   *
   * @throws ConnectError `internal` in the middle of a message
   */
  finish(): void {
    if (this.#prefixBytes > 0) throw new ConnectError("the stream ended within a message", Code.Internal);
  }

  #readPrefix(bytes: Buffer, from: number, end: number): number {
    let pos = from;
    for (; pos < end && this.#prefixBytes < PREFIX_BYTES; pos++) {
      const octet = bytes[pos] as number;
      if (this.#prefixBytes++ === 0) this.#startPrefix(octet);
      else this.#length = this.#length * 256 + octet;
    }
    if (this.#prefixBytes === PREFIX_BYTES && this.#length > this.#maxBytes) {
      throw new ConnectError(`a message of ${this.#length} bytes: at most ${this.#maxBytes} are taken`, Code.ResourceExhausted);
    }
    return pos;
  }

  #startPrefix(flag: number): void {
    if (flag > 1) throw new ConnectError(`a message with the flag ${flag}: it is 0 or 1`, Code.Internal);
    this.#compressed = flag === 1;
    this.#length = 0;
  }

  #readMessage(bytes: Buffer, pos: number, end: number): number {
    const missing = this.#length - this.#pendingBytes;
    if (end - pos < missing) {
      this.#keep(bytes, pos, end);
      return end;
    }
    const stop = pos + missing;
    if (this.#pendingBytes === 0) {
      this.#deliver(bytes, pos, stop);
    } else {
      this.#keep(bytes, pos, stop);
      const whole = this.#pending;
      this.#pending = nothing;
      this.#deliver(whole, 0, this.#length);
    }
    return stop;
  }

  /** The reader is ready for the next message before the sink has this one: what the sink throws does not confuse it. */
  #deliver(bytes: Buffer, start: number, end: number): void {
    this.#prefixBytes = 0;
    this.#pendingBytes = 0;
    this.#sink.onMessage(bytes, start, end, this.#compressed);
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    const needed = this.#pendingBytes + end - start;
    if (needed > this.#pending.length) this.#grow(needed);
    bytes.copy(this.#pending, this.#pendingBytes, start, end);
    this.#pendingBytes = needed;
  }

  /** Doubling keeps the copying linear, and never takes more than twice what the peer has sent. */
  #grow(needed: number): void {
    const room = Math.min(this.#length, Math.max(2 * needed, Math.min(this.#length, FIRST_ROOM_BYTES)));
    const grown = Buffer.allocUnsafeSlow(room);
    this.#pending.copy(grown, 0, 0, this.#pendingBytes);
    this.#pending = grown;
  }
}

const nothing = Buffer.alloc(0);

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Writes the prefix of a message of `length` bytes; the message follows at `offset + PREFIX_BYTES`. */
export function writePrefix(buffer: Uint8Array, offset: number, length: number, compressed: boolean): void {
  buffer[offset] = compressed ? 1 : 0;
  buffer[offset + 1] = length >>> 24;
  buffer[offset + 2] = length >>> 16;
  buffer[offset + 3] = length >>> 8;
  buffer[offset + 4] = length;
}

/** A message with its prefix, in bytes of its own. */
export function withPrefix(message: Uint8Array, compressed: boolean): Buffer {
  const bytes = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  writePrefix(bytes, 0, message.length, compressed);
  bytes.set(message, PREFIX_BYTES);
  return bytes;
}
