// What generated decoders call. They keep the position in a local variable; a helper that reads more than one byte
// leaves the position after it in `cursor.pos`.

/** Thrown by generated code at input that it leaves to protobuf-es: what is malformed, and what is valid but rare. */
export const declined = new Error("left to protobuf-es");

/** Undocumented methods that `Buffer` has always had: they skip the choice of the encoding, which costs as much as short strings do. */
interface Slices {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
}

/** The one value of `bytes` fields that are not set, as in protobuf-es. */
export const empty: Uint8Array = new Uint8Array(0);

/** The bytes that generated code reads. */
export type Source = Buffer & Slices;

/** The state of the decoding that runs. Decoding is synchronous and calls no foreign code, so that one is enough. */
export const cursor = { pos: 0, limit: 0, keepUnknown: true, text: "", textStart: 0, textEnd: 0 };

/** Readies the cursor for a message that ends at `limit`. */
export function begin(limit: number, keepUnknown: boolean): void {
  cursor.limit = limit;
  cursor.keepUnknown = keepUnknown;
  cursor.textEnd = 0;
}

/** Drops the text of the last message, which would stay in memory as long as the process. */
export function finish(): void {
  cursor.text = "";
  cursor.textEnd = 0;
}

/** Reads a varint and keeps its low 32 bits, unsigned; up to ten bytes long, as negative numbers are. */
export function varint32(buf: Source, pos: number): number {
  let byte = at(buf, pos++);
  let value = byte & 0x7f;
  for (let shift = 7; byte > 0x7f && shift < 28; shift += 7) {
    byte = at(buf, pos++);
    value |= (byte & 0x7f) << shift;
  }
  if (byte > 0x7f) {
    byte = at(buf, pos++);
    value |= (byte & 0x0f) << 28;
    for (let length = 5; byte > 0x7f; length++) {
      if (length === 10) throw declined;
      byte = at(buf, pos++);
    }
  }
  cursor.pos = pos;
  return value >>> 0;
}

function at(buf: Source, pos: number): number {
  const byte = buf[pos];
  if (byte === undefined) throw declined;
  return byte;
}

/** Reads a tag: a varint that must fit 32 bits. */
export function longTag(buf: Source, pos: number): number {
  const tag = varint32(buf, pos);
  const length = cursor.pos - pos;
  if (length > 5 || (length === 5 && at(buf, cursor.pos - 1) > 0x0f)) throw declined;
  return tag;
}

const words = new Int32Array(2);
const signed = new BigInt64Array(words.buffer);
const unsigned = new BigUint64Array(words.buffer);
const single = new Float32Array(words.buffer);
const double = new Float64Array(words.buffer);

/** Reads a varint of up to 64 bits into `words`. */
function varint64(buf: Source, pos: number): void {
  let low = 0;
  let high = 0;
  let byte = 0x80;
  for (let shift = 0; byte > 0x7f && shift < 28; shift += 7) {
    byte = at(buf, pos++);
    low |= (byte & 0x7f) << shift;
  }
  if (byte > 0x7f) {
    byte = at(buf, pos++);
    low |= (byte & 0x0f) << 28;
    high = (byte & 0x70) >> 4;
    for (let shift = 3; byte > 0x7f; shift += 7) {
      if (shift > 31) throw declined;
      byte = at(buf, pos++);
      high |= (byte & 0x7f) << shift;
    }
  }
  words[0] = low;
  words[1] = high;
  cursor.pos = pos;
}

export function int64(buf: Source, pos: number): bigint {
  varint64(buf, pos);
  return signed[0] as bigint;
}

export function uint64(buf: Source, pos: number): bigint {
  varint64(buf, pos);
  return unsigned[0] as bigint;
}

export function sint64(buf: Source, pos: number): bigint {
  varint64(buf, pos);
  const low = words[0] as number;
  const high = words[1] as number;
  const sign = -(low & 1);
  words[0] = ((low >>> 1) | ((high & 1) << 31)) ^ sign;
  words[1] = (high >>> 1) ^ sign;
  return signed[0] as bigint;
}

/** Reads a bool longer than one byte: false only if all 64 bits are zero. */
export function longBool(buf: Source, pos: number): number {
  varint64(buf, pos);
  return (words[0] as number) | (words[1] as number);
}

function word(buf: Source, pos: number): number {
  return (buf[pos] as number) | ((buf[pos + 1] as number) << 8) | ((buf[pos + 2] as number) << 16) | ((buf[pos + 3] as number) << 24);
}

// The callers of the following have checked that the bytes are there.

export function sfixed32(buf: Source, pos: number): number {
  return word(buf, pos);
}

export function fixed32(buf: Source, pos: number): number {
  return word(buf, pos) >>> 0;
}

export function float(buf: Source, pos: number): number {
  words[0] = word(buf, pos);
  return single[0] as number;
}

export function fixed64(buf: Source, pos: number): bigint {
  words[0] = word(buf, pos);
  words[1] = word(buf, pos + 4);
  return unsigned[0] as bigint;
}

export function sfixed64(buf: Source, pos: number): bigint {
  words[0] = word(buf, pos);
  words[1] = word(buf, pos + 4);
  return signed[0] as bigint;
}

export function float64(buf: Source, pos: number): number {
  words[0] = word(buf, pos);
  words[1] = word(buf, pos + 4);
  return double[0] as number;
}

/** A copy: a view would keep the whole chunk in memory, and change when the chunk's memory is used again. */
export function bytes(buf: Source, pos: number, stop: number): Uint8Array {
  const copy = new Uint8Array(stop - pos);
  copy.set(buf.subarray(pos, stop));
  return copy;
}

const WINDOW_BYTES = 512;
const SHORT_BYTES = 128;

/**
 * Decodes UTF-8. Leaving JavaScript for each short string costs more than everything else in a message, so short
 * ASCII strings are cut out of a text that is made once for the bytes around. What such a string may keep alive is
 * limited to `WINDOW_BYTES`.
 */
export function text(buf: Source, pos: number, stop: number): string {
  if (pos === stop) return "";
  if (stop - pos > SHORT_BYTES) return utf8(buf, pos, stop);
  let bits = 0;
  for (let i = pos; i < stop; i++) bits |= buf[i] as number;
  if (bits > 0x7f) return utf8(buf, pos, stop);
  if (stop > cursor.textEnd) openWindow(buf, pos);
  return cursor.text.substring(pos - cursor.textStart, stop - cursor.textStart);
}

function openWindow(buf: Source, pos: number): void {
  const end = Math.min(cursor.limit, pos + WINDOW_BYTES);
  cursor.text = buf.latin1Slice(pos, end);
  cursor.textStart = pos;
  cursor.textEnd = end;
}

/** Text with a replacement character was invalid, or holds that very character: protobuf-es knows which. */
function utf8(buf: Source, pos: number, stop: number): string {
  const value = buf.utf8Slice(pos, stop);
  if (value.includes("\ufffd")) throw declined;
  return value;
}

/** A field that the descriptor does not know, as protobuf-es keeps it in `$unknown`. */
interface UnknownField {
  readonly no: number;
  readonly wireType: number;
  readonly data: Uint8Array;
}

/** Skips, and keeps if asked to, a field that is unknown; returns the position after it. Groups are declined. */
export function unknown(message: { $unknown?: UnknownField[] }, known: ReadonlySet<number>, buf: Source, tag: number, pos: number): number {
  const no = tag >>> 3;
  if (no === 0 || known.has(no)) throw declined;
  const stop = skip(buf, tag & 7, pos);
  if (stop > cursor.limit) throw declined;
  if (cursor.keepUnknown) {
    message.$unknown ??= [];
    message.$unknown.push({ no, wireType: tag & 7, data: bytes(buf, pos, stop) });
  }
  return stop;
}

function skip(buf: Source, wireType: number, pos: number): number {
  switch (wireType) {
    case 0:
      while (at(buf, pos) > 0x7f) pos++;
      return pos + 1;
    case 1:
      return pos + 8;
    case 2: {
      const length = varint32(buf, pos);
      return cursor.pos + length;
    }
    case 5:
      return pos + 4;
    default:
      throw declined;
  }
}
