/** Frames as bytes, right or wrong as a test wants them, and bytes as frames. */
import { FRAME_HEADER_BYTES, FrameFlag, FrameType } from "../frame.ts";
import type { HeaderList } from "../handler.ts";
import { encodeStateless } from "../hpack/encoder.ts";

export interface RawFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

const { END_STREAM, END_HEADERS } = FrameFlag;

/** `length` is what the header says, whatever the payload has. */
export function frame(type: number, flags: number, streamId: number, payload: Uint8Array = empty, length = payload.length): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUIntBE(length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(streamId, 5);
  return Buffer.concat([header, payload]);
}

const empty = Buffer.alloc(0);

export function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, 4 * index);
  return bytes;
}

/** Identifiers and values, one after the other. */
export function settings(...pairs: readonly number[]): Buffer {
  const payload = Buffer.alloc(3 * pairs.length);
  for (let index = 0; index < pairs.length; index += 2) {
    payload.writeUInt16BE(pairs[index] ?? 0, 3 * index);
    payload.writeUInt32BE(pairs[index + 1] ?? 0, 3 * index + 2);
  }
  return frame(FrameType.SETTINGS, 0, 0, payload);
}

export const settingsAck = frame(FrameType.SETTINGS, FrameFlag.ACK, 0);

/** A head that is right but for what is laid over it; a field that is given as undefined is left out. */
export function requestList(changes: Readonly<Record<string, string | undefined>> = {}): HeaderList {
  const fields = { ":method": "POST", ":scheme": "http", ":path": "/s/m", ":authority": "localhost", ...changes };
  return Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
}

export const requestBlock = encodeStateless(requestList());

export function headers(streamId: number, flags: number = END_STREAM | END_HEADERS, block: Uint8Array = requestBlock): Buffer {
  return frame(FrameType.HEADERS, flags, streamId, block);
}

/** A request whose body is still to come. */
export function openRequest(streamId: number): Buffer {
  return headers(streamId, END_HEADERS);
}

/** Literals without Huffman coding and without any check, unlike our encoder's: for fields that must not be. */
export function rawBlock(list: HeaderList): Buffer {
  const strings = list.map((text) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text, "latin1")]));
  return Buffer.concat(strings.flatMap((bytes, index) => (index % 2 === 0 ? [Buffer.from([0x00]), bytes] : [bytes])));
}

export function data(streamId: number, payload: Uint8Array = empty, flags = 0): Buffer {
  return frame(FrameType.DATA, flags, streamId, payload);
}

export function windowUpdate(streamId: number, increment: number): Buffer {
  return frame(FrameType.WINDOW_UPDATE, 0, streamId, uint32(increment));
}

export function rstStream(streamId: number, code: number): Buffer {
  return frame(FrameType.RST_STREAM, 0, streamId, uint32(code));
}

export function goaway(lastStreamId: number, code: number): Buffer {
  return frame(FrameType.GOAWAY, 0, 0, uint32(lastStreamId, code));
}

export function ping(text: string): Buffer {
  return frame(FrameType.PING, 0, 0, Buffer.from(text.padEnd(8).slice(0, 8), "latin1"));
}

/** Cuts bytes into frames. @returns the frames that are whole, and what is left */
export function parseFrames(bytes: Buffer): { frames: RawFrame[]; rest: Buffer } {
  const frames: RawFrame[] = [];
  let at = 0;
  while (bytes.length - at >= FRAME_HEADER_BYTES) {
    const end = at + FRAME_HEADER_BYTES + bytes.readUIntBE(at, 3);
    if (end > bytes.length) break;
    const streamId = bytes.readUInt32BE(at + 5);
    frames.push({ type: bytes[at + 3] ?? 0, flags: bytes[at + 4] ?? 0, streamId, payload: bytes.subarray(at + FRAME_HEADER_BYTES, end) });
    at = end;
  }
  return { frames, rest: bytes.subarray(at) };
}

/** A frame in a word, for messages of failed tests. */
export function describeFrame({ type, flags, streamId, payload }: RawFrame): string {
  const name = Object.entries(FrameType).find(([, value]) => value === type)?.[0] ?? `type ${type}`;
  return `${name} stream ${streamId} flags ${flags} ${payload.toString("hex", 0, 40)}`;
}
