/** Writes frames (RFC 9113 §4.1, §6) one behind the other, for the socket to take in one go. */
import { FRAME_HEADER_BYTES, FrameFlag, FrameType, PING_BYTES, SETTING_BYTES } from "./frame.ts";
import { giveSlabBack, SLAB_BYTES, type Slab, takeSlab } from "./slab.ts";

/** Bytes of DATA up to this are copied behind their frame's header; more are passed on as they are, which costs the socket one more buffer. */
const COPY_LIMIT_BYTES = 2048;
/** Below this a loop is quicker than the call that copies. */
const LOOP_LIMIT_BYTES = 48;

export class FrameWriter {
  /** Bytes written since `take`. */
  size = 0;
  #slab: Slab | undefined;
  #bytes: Buffer = empty;
  /** What is written of the slab, but not yet closed off as a segment, is `[#start, #position)`. */
  #start = 0;
  #position = 0;
  #segments: Uint8Array[] = [];

  /**
   * What is written, in pieces, and begins anew. The pieces belong to the caller.
   */
  take(): Uint8Array[] {
    this.#closeSegment();
    if (this.#slab !== undefined) {
      this.#slab.used = this.#position;
      giveSlabBack(this.#slab);
      this.#slab = undefined;
      this.#bytes = empty;
      this.#start = 0;
      this.#position = 0;
    }
    const segments = this.#segments;
    this.#segments = [];
    this.size = 0;
    return segments;
  }

  /** HEADERS, and CONTINUATION for what is more than a frame may hold. */
  headers(streamId: number, block: Uint8Array, endStream: boolean, maxFrameBytes: number): void {
    const flags = endStream ? FrameFlag.END_STREAM : 0;
    if (block.length <= maxFrameBytes) {
      this.#header(block.length, FrameType.HEADERS, flags | FrameFlag.END_HEADERS, streamId);
      this.#copy(block, 0, block.length);
      return;
    }
    for (let start = 0; start < block.length; start += maxFrameBytes) {
      const end = Math.min(start + maxFrameBytes, block.length);
      const last = end === block.length ? FrameFlag.END_HEADERS : 0;
      this.#header(end - start, start === 0 ? FrameType.HEADERS : FrameType.CONTINUATION, (start === 0 ? flags : 0) | last, streamId);
      this.#copy(block, start, end);
    }
  }

  /** One DATA frame. Unless `copy`, the bytes must stay as they are for good. */
  data(streamId: number, bytes: Uint8Array, start: number, end: number, endStream: boolean, copy: boolean): void {
    this.#header(end - start, FrameType.DATA, endStream ? FrameFlag.END_STREAM : 0, streamId);
    if (copy || end - start <= COPY_LIMIT_BYTES) this.#copy(bytes, start, end);
    else this.#refer(bytes, start, end);
  }

  rstStream(streamId: number, code: number): void {
    this.#header(4, FrameType.RST_STREAM, 0, streamId);
    this.#uint32(code);
  }

  /** @param settings identifiers and values, one after the other */
  settings(settings: readonly number[]): void {
    this.#header((settings.length / 2) * SETTING_BYTES, FrameType.SETTINGS, 0, 0);
    this.#reserve((settings.length / 2) * SETTING_BYTES);
    for (let index = 0; index < settings.length; index += 2) {
      const id = settings[index] ?? 0;
      this.#bytes[this.#position++] = id >>> 8;
      this.#bytes[this.#position++] = id;
      this.size += 2;
      this.#uint32(settings[index + 1] ?? 0);
    }
  }

  settingsAck(): void {
    this.#header(0, FrameType.SETTINGS, FrameFlag.ACK, 0);
  }

  /** @param bytes eight octets from `start` on */
  ping(ack: boolean, bytes: Uint8Array, start: number): void {
    this.#header(PING_BYTES, FrameType.PING, ack ? FrameFlag.ACK : 0, 0);
    this.#copy(bytes, start, start + PING_BYTES);
  }

  goaway(lastStreamId: number, code: number, debug: string): void {
    const text = Buffer.from(debug, "utf8");
    this.#header(8 + text.length, FrameType.GOAWAY, 0, 0);
    this.#uint32(lastStreamId);
    this.#uint32(code);
    this.#copy(text, 0, text.length);
  }

  windowUpdate(streamId: number, increment: number): void {
    this.#header(4, FrameType.WINDOW_UPDATE, 0, streamId);
    this.#uint32(increment);
  }

  /** Octets as they are: the client's preface. */
  raw(bytes: Uint8Array): void {
    this.#copy(bytes, 0, bytes.length);
  }

  #header(length: number, type: number, flags: number, streamId: number): void {
    this.#reserve(FRAME_HEADER_BYTES);
    const bytes = this.#bytes;
    const at = this.#position;
    bytes[at] = length >>> 16;
    bytes[at + 1] = length >>> 8;
    bytes[at + 2] = length;
    bytes[at + 3] = type;
    bytes[at + 4] = flags;
    bytes[at + 5] = streamId >>> 24;
    bytes[at + 6] = streamId >>> 16;
    bytes[at + 7] = streamId >>> 8;
    bytes[at + 8] = streamId;
    this.#position = at + FRAME_HEADER_BYTES;
    this.size += FRAME_HEADER_BYTES;
  }

  #uint32(value: number): void {
    this.#reserve(4);
    const at = this.#position;
    this.#bytes[at] = value >>> 24;
    this.#bytes[at + 1] = value >>> 16;
    this.#bytes[at + 2] = value >>> 8;
    this.#bytes[at + 3] = value;
    this.#position = at + 4;
    this.size += 4;
  }

  #copy(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length > SLAB_BYTES / 4) {
      this.#refer(Buffer.from(source.subarray(start, end)), 0, length);
      return;
    }
    this.#reserve(length);
    if (length <= LOOP_LIMIT_BYTES) {
      const bytes = this.#bytes;
      let at = this.#position;
      for (let index = start; index < end; index++) bytes[at++] = source[index] ?? 0;
    } else this.#bytes.set(start === 0 && end === source.length ? source : source.subarray(start, end), this.#position);
    this.#position += length;
    this.size += length;
  }

  #refer(bytes: Uint8Array, start: number, end: number): void {
    this.#closeSegment();
    this.#segments.push(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end));
    this.size += end - start;
  }

  #closeSegment(): void {
    if (this.#position === this.#start) return;
    this.#segments.push(this.#bytes.subarray(this.#start, this.#position));
    this.#start = this.#position;
  }

  #reserve(bytes: number): void {
    if (this.#position + bytes <= this.#bytes.length) return;
    this.#closeSegment();
    const slab = freshSlab(bytes);
    this.#slab = slab;
    this.#bytes = slab.bytes;
    this.#start = slab.used;
    this.#position = slab.used;
  }
}

const empty = Buffer.alloc(0);

/** A slab with room for so many bytes: at most a whole one's. */
function freshSlab(bytes: number): Slab {
  const slab = takeSlab();
  return SLAB_BYTES - slab.used >= bytes ? slab : freshSlab(bytes);
}
