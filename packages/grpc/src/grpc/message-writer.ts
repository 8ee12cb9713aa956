import { Code, ConnectError } from "@connectrpc/connect";
import type { Encoder } from "../codec/encoder.ts";
import { PREFIX_BYTES, writePrefix } from "./message.ts";

/** What most messages fit into. */
const FIRST_ROOM_BYTES = 16_384;
/** A larger buffer than this is not kept for the next message. */
const LARGEST_KEPT_BYTES = 262_144;

/**
 * Encodes messages with their prefixes into a buffer that is used again and again. One serves a whole process: what is in
 * it is copied to where it goes before the next message is written.
 */
export class MessageWriter {
  /** What `write` has written, from 0 to its result. Another buffer after each `write`. */
  bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_ROOM_BYTES);
  readonly #maxBytes: number;

  /** @param maxBytes the longest message that is sent, without its prefix */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Writes a message that is not compressed, and returns how many bytes it takes with its prefix.
   *
   * @throws ConnectError `internal` at a message that cannot be encoded, `resource_exhausted` at one that is too long
   */
  write<T>(encoder: Encoder<T>, message: T): number {
    if (this.bytes.length > LARGEST_KEPT_BYTES) this.bytes = Buffer.allocUnsafeSlow(FIRST_ROOM_BYTES);
    let end = encode(encoder, message, this.bytes);
    while (end > this.bytes.length) {
      // Far too long, whatever room the encoding needs in passing.
      if (end > 2 * (this.#maxBytes + FIRST_ROOM_BYTES)) break;
      this.bytes = Buffer.allocUnsafeSlow(Math.max(end, 2 * this.bytes.length));
      end = encode(encoder, message, this.bytes);
    }
    const length = end - PREFIX_BYTES;
    if (length > this.#maxBytes) {
      throw new ConnectError(`a message of ${length} bytes: at most ${this.#maxBytes} are sent`, Code.ResourceExhausted);
    }
    writePrefix(this.bytes, 0, length, false);
    return end;
  }
}

function encode<T>(encoder: Encoder<T>, message: T, bytes: Buffer): number {
  try {
    return encoder.write(message, bytes, PREFIX_BYTES);
  } catch (error) {
    throw ConnectError.from(error, Code.Internal);
  }
}
