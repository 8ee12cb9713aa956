import type { DescMessage, JsonReadOptions, JsonWriteOptions, MessageShape } from "@bufbuild/protobuf";
import { fromJsonString, toJsonString } from "@bufbuild/protobuf";
import type { Decoder } from "./decoder.ts";
import type { Encoder } from "./encoder.ts";

/** Encodes messages of one type to protobuf's JSON, in UTF-8: what `application/grpc+json` carries. */
export function jsonEncoder<Desc extends DescMessage>(desc: Desc, options: Partial<JsonWriteOptions> = {}): Encoder<MessageShape<Desc>> {
  return {
    write(message, buffer, offset) {
      const text = toJsonString(desc, message, options);
      const end = offset + Buffer.byteLength(text);
      if (end <= buffer.length) buffer.write(text, offset, "utf8");
      return end;
    },
    encode: (message) => Buffer.from(toJsonString(desc, message, options)),
  };
}

/** Decodes messages of one type from protobuf's JSON. */
export function jsonDecoder<Desc extends DescMessage>(desc: Desc, options: Partial<JsonReadOptions> = {}): Decoder<MessageShape<Desc>> {
  return { decode: (buffer, start, end) => fromJsonString(desc, buffer.toString("utf8", start, end), options) };
}
