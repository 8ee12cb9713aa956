// What generated encoders call. Each helper writes at `pos` and returns the position after it. None checks the room:
// a store beyond the end of a typed array does nothing, and positions do not depend on what was stored, so whoever
// started the encoding sees by its result that the buffer was too small, and how much it takes.

/** Thrown by generated code at values that it leaves to protobuf-es: what is wrong, and what is valid but rare. */
export const declined = new Error("left to protobuf-es");

/** Undocumented methods that `Buffer` has always had; see `read.ts`. */
interface Writes {
  utf8Write(value: string, offset: number): number;
}

/** The bytes that generated code writes. */
export type Target = Buffer & Writes;

/** The state of the encoding that runs. */
export const options = { writeUnknown: true };

export function varint32(buf: Target, pos: number, value: number): number {
  let rest = value;
  while (rest > 0x7f) {
    buf[pos++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  buf[pos++] = rest;
  return pos;
}

/** Negative numbers are sign-extended to 64 bits: ten bytes. */
export function int32(buf: Target, pos: number, value: number): number {
  if (value >= 0) return varint32(buf, pos, value);
  let rest = value;
  for (let i = 0; i < 9; i++) {
    buf[pos++] = (rest & 0x7f) | 0x80;
    rest >>= 7;
  }
  buf[pos++] = 1;
  return pos;
}

const words = new Int32Array(2);
const octets = new Uint8Array(words.buffer);
const signed = new BigInt64Array(words.buffer);
const unsigned = new BigUint64Array(words.buffer);
const single = new Float32Array(words.buffer);
const double = new Float64Array(words.buffer);

function varint64(buf: Target, pos: number, low: number, high: number): number {
  let lo = low >>> 0;
  let hi = high >>> 0;
  while (hi !== 0) {
    buf[pos++] = (lo & 0x7f) | 0x80;
    lo = ((lo >>> 7) | (hi << 25)) >>> 0;
    hi >>>= 7;
  }
  return varint32(buf, pos, lo);
}

// Storing in a BigInt array wraps around what is out of range, and throws at what is no BigInt.

function loadSigned(value: bigint): void {
  signed[0] = value;
  if (signed[0] !== value) throw declined;
}

function loadUnsigned(value: bigint): void {
  unsigned[0] = value;
  if (unsigned[0] !== value) throw declined;
}

export function int64(buf: Target, pos: number, value: bigint): number {
  loadSigned(value);
  return varint64(buf, pos, words[0] as number, words[1] as number);
}

export function uint64(buf: Target, pos: number, value: bigint): number {
  loadUnsigned(value);
  return varint64(buf, pos, words[0] as number, words[1] as number);
}

export function sint64(buf: Target, pos: number, value: bigint): number {
  loadSigned(value);
  const low = words[0] as number;
  const high = words[1] as number;
  const sign = high >> 31;
  return varint64(buf, pos, (low << 1) ^ sign, ((high << 1) | (low >>> 31)) ^ sign);
}

function word(buf: Target, pos: number, at: number): void {
  buf[pos] = octets[at] as number;
  buf[pos + 1] = octets[at + 1] as number;
  buf[pos + 2] = octets[at + 2] as number;
  buf[pos + 3] = octets[at + 3] as number;
}

function oneWord(buf: Target, pos: number): number {
  word(buf, pos, 0);
  return pos + 4;
}

function twoWords(buf: Target, pos: number): number {
  word(buf, pos, 0);
  word(buf, pos + 4, 4);
  return pos + 8;
}

export function fixed32(buf: Target, pos: number, value: number): number {
  words[0] = value;
  return oneWord(buf, pos);
}

/** A finite number that a float cannot hold is declined. */
export function float(buf: Target, pos: number, value: number): number {
  single[0] = value;
  if (typeof value !== "number" || (Number.isFinite(value) && !Number.isFinite(single[0]))) throw declined;
  return oneWord(buf, pos);
}

export function float64(buf: Target, pos: number, value: number): number {
  if (typeof value !== "number") throw declined;
  double[0] = value;
  return twoWords(buf, pos);
}

export function fixed64(buf: Target, pos: number, value: bigint): number {
  loadUnsigned(value);
  return twoWords(buf, pos);
}

export function sfixed64(buf: Target, pos: number, value: bigint): number {
  loadSigned(value);
  return twoWords(buf, pos);
}

export function bytes(buf: Target, pos: number, value: Uint8Array): number {
  if (!(value instanceof Uint8Array)) throw declined;
  const start = varint32(buf, pos, value.length);
  return raw(buf, start, value);
}

function raw(buf: Target, pos: number, value: Uint8Array): number {
  const stop = pos + value.length;
  if (stop <= buf.length) buf.set(value, pos);
  return stop;
}

const SHORT_CHARS = 16;

/** Writes a length and UTF-8. Short ASCII text is not worth leaving JavaScript for. */
export function text(buf: Target, pos: number, value: string): number {
  if (typeof value !== "string") throw declined;
  const length = value.length;
  if (length > SHORT_CHARS) return longText(buf, pos, value);
  const start = pos + 1;
  for (let i = 0; i < length; i++) {
    const code = value.charCodeAt(i);
    if (code > 0x7f) return longText(buf, pos, value);
    buf[start + i] = code;
  }
  buf[pos] = length;
  return start + length;
}

/** Most text is ASCII, so its length in characters foretells the size of the prefix. */
function longText(buf: Target, pos: number, value: string): number {
  const size = varintSize(value.length);
  if (pos + 5 + value.length * 3 > buf.length) {
    const length = Buffer.byteLength(value);
    const stop = pos + varintSize(length) + length;
    if (stop + 5 > buf.length) return writeTight(buf, pos, value, length, stop);
  }
  const written = buf.utf8Write(value, pos + size);
  return close(buf, pos, size, pos + size + written);
}

/** Near the buffer's end, where a guessed prefix might not fit. */
function writeTight(buf: Target, pos: number, value: string, length: number, stop: number): number {
  if (stop <= buf.length) buf.utf8Write(value, varint32(buf, pos, length));
  return stop;
}

function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  return value < 0x10000000 ? 4 : 5;
}

/**
 * Ends what began at `start`, with `reserved` bytes kept for its length, and now ends at `end`: writes the length,
 * and moves the content when the length takes more room or less.
 */
export function close(buf: Target, start: number, reserved: number, end: number): number {
  const length = end - start - reserved;
  if (length < 0x80 && reserved === 1) {
    buf[start] = length;
    return end;
  }
  const size = varintSize(length);
  // Bytes were lost: the result must say so, though the content would fit once moved to the front.
  if (end > buf.length) return Math.max(end, start + size + length);
  if (size !== reserved) buf.copyWithin(start + size, start + reserved, end);
  return varint32(buf, start, length) + length;
}

/** How many bytes to reserve the next time for the length of what has just come to `length` bytes. */
export function reserve(length: number): number {
  return length < 0x80 ? 1 : varintSize(length);
}

/** Writes the fields that were kept as unknown when the message was read. */
export function unknown(buf: Target, pos: number, fields: readonly { no: number; wireType: number; data: Uint8Array }[]): number {
  if (!options.writeUnknown) return pos;
  for (const { no, wireType, data } of fields) {
    if (!(data instanceof Uint8Array)) throw declined;
    pos = raw(buf, varint32(buf, pos, ((no << 3) | wireType) >>> 0), data);
  }
  return pos;
}

/** The number that an integer of the option `jstype = JS_STRING` stands for; throws at what is none. */
export function parseLong(value: string | bigint): bigint {
  return BigInt(value);
}
