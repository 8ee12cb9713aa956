import type { BinaryWriteOptions, DescMessage, MessageShape } from "@bufbuild/protobuf";
import { toBinary } from "@bufbuild/protobuf";
import { isCompilable } from "./compilable.ts";
import type { Write } from "./generate-writer.ts";
import { writerOf } from "./generate-writer.ts";
import type { Target } from "./write.ts";
import { options as running } from "./write.ts";

/** Encodes messages of one type to the protobuf binary format: the same bytes, and the same errors, as protobuf-es `toBinary`. */
export interface Encoder<T> {
  /**
   * Writes the message into `buffer` at `offset` and returns the offset after it. When that is more than
   * `buffer.length` the message did not fit, and what is in the buffer from `offset` on means nothing: call again
   * with a buffer at least as long as the result, until it fits. (The result then is some bytes too much at times,
   * for a message may need a little more room in passing than it takes at last.)
   *
   * @throws what `toBinary` throws at a message with values that its type does not allow
   */
  write(message: T, buffer: Buffer, offset: number): number;
  /** The message in bytes that nobody else uses, though they may be a view of a larger `ArrayBuffer`. */
  encode(message: T): Uint8Array;
}

const encoders = new WeakMap<DescMessage, Encoder<unknown>>();
const knownOnlyEncoders = new WeakMap<DescMessage, Encoder<unknown>>();

/**
 * The encoder of a type, compiled from its descriptor at the first call. Where code generation is not allowed, and
 * for types that generated code does not handle, it calls protobuf-es.
 */
export function compileEncoder<Desc extends DescMessage>(
  desc: Desc,
  options: Partial<BinaryWriteOptions> = {},
): Encoder<MessageShape<Desc>> {
  const { writeUnknownFields = true } = options;
  const cache = writeUnknownFields ? encoders : knownOnlyEncoders;
  let encoder = cache.get(desc);
  if (encoder === undefined) {
    encoder = createEncoder(desc, writeUnknownFields) as Encoder<unknown>;
    cache.set(desc, encoder);
  }
  return encoder as Encoder<MessageShape<Desc>>;
}

function createEncoder<Desc extends DescMessage>(desc: Desc, writeUnknownFields: boolean): Encoder<MessageShape<Desc>> {
  type Shape = MessageShape<Desc>;
  const options = { writeUnknownFields };

  const slowly = (message: Shape, buffer: Buffer, offset: number): number => {
    const bytes = toBinary(desc, message, options);
    const end = offset + bytes.length;
    if (end <= buffer.length) buffer.set(bytes, offset);
    return end;
  };

  if (!isCompilable(desc)) return { write: slowly, encode: (message) => toBinary(desc, message, options) };
  let generated: Write | undefined;
  const write = (message: Shape, buffer: Buffer, offset: number): number => {
    generated ??= writerOf(desc).write;
    running.writeUnknown = writeUnknownFields;
    try {
      return generated(message, buffer as Target, offset);
    } catch {
      // Whatever it is, protobuf-es has the last word: it writes what is unusual, and names what is wrong.
      return slowly(message, buffer, offset);
    }
  };
  return { write, encode: (message) => encodeAlone(write, message) };
}

const LARGEST_SCRATCH_BYTES = 65_536;
let scratch = Buffer.allocUnsafeSlow(1024);

/** Encodes into a buffer that is used again and again, unless the message is large, and copies what came out. */
function encodeAlone<T>(write: (message: T, buffer: Buffer, offset: number) => number, message: T): Uint8Array {
  let buffer = scratch;
  let length = write(message, buffer, 0);
  while (length > buffer.length) {
    buffer = Buffer.allocUnsafeSlow(Math.max(length, Math.min(2 * buffer.length, LARGEST_SCRATCH_BYTES)));
    if (buffer.length <= LARGEST_SCRATCH_BYTES) scratch = buffer;
    length = write(message, buffer, 0);
  }
  // Small buffers come out of Node's pool, which is much cheaper than memory of their own.
  const bytes = Buffer.allocUnsafe(length);
  buffer.copy(bytes, 0, 0, length);
  return bytes;
}
