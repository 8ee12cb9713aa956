import type { BinaryReadOptions, DescMessage, MessageShape } from "@bufbuild/protobuf";
import { fromBinary } from "@bufbuild/protobuf";
import { isCompilable } from "./compilable.ts";
import type { Read } from "./generate-reader.ts";
import { readerOf } from "./generate-reader.ts";
import type { Source } from "./read.ts";
import { begin, finish } from "./read.ts";

/** Decodes messages of one type: the same message, or the same error, as protobuf-es `fromBinary`. */
export interface Decoder<T> {
  /**
   * The message in the bytes of `buffer` from `start` to `end`. It shares no memory with the buffer.
   *
   * @throws what `fromBinary` throws at bytes that are no such message
   */
  decode(buffer: Buffer, start: number, end: number): T;
}

/** The nesting that protobuf-es, and every other implementation, allows unless told otherwise. */
const RECURSION_LIMIT = 100;

const decoders = new WeakMap<DescMessage, Map<string, Decoder<unknown>>>();

/**
 * The decoder of a type, compiled from its descriptor at the first call. Where code generation is not allowed, and
 * for types that generated code does not handle, it calls protobuf-es.
 */
export function compileDecoder<Desc extends DescMessage>(
  desc: Desc,
  options: Partial<BinaryReadOptions> = {},
): Decoder<MessageShape<Desc>> {
  const { readUnknownFields = true, recursionLimit = RECURSION_LIMIT } = options;
  const key = `${readUnknownFields} ${recursionLimit}`;
  let ofType = decoders.get(desc);
  if (ofType === undefined) {
    ofType = new Map();
    decoders.set(desc, ofType);
  }
  let decoder = ofType.get(key);
  if (decoder === undefined) {
    decoder = createDecoder(desc, { readUnknownFields, recursionLimit });
    ofType.set(key, decoder);
  }
  return decoder as Decoder<MessageShape<Desc>>;
}

function createDecoder<Desc extends DescMessage>(desc: Desc, options: BinaryReadOptions): Decoder<MessageShape<Desc>> {
  type Shape = MessageShape<Desc>;
  // The copy makes sure that no field of the message is a view of the buffer, nor a Buffer.
  const slowly = (buffer: Buffer, start: number, end: number): Shape =>
    fromBinary(desc, new Uint8Array(buffer.subarray(start, end)), options);

  if (!isCompilable(desc)) return { decode: slowly };
  const { readUnknownFields, recursionLimit } = options;
  let generated: Read | undefined;
  const decode = (buffer: Buffer, start: number, end: number): Shape => {
    generated ??= readerOf(desc).read;
    begin(end, readUnknownFields);
    try {
      return generated(buffer as Source, start, end, recursionLimit) as Shape;
    } catch {
      // Malformed, or valid and unusual: protobuf-es tells which, and names what is wrong.
      return slowly(buffer, start, end);
    } finally {
      finish();
    }
  };
  return { decode };
}
