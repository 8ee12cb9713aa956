// google.rpc.Status, the message inside of `grpc-status-details-bin`, read and written by hand: it has three fields, and
// needs no descriptor.
//
//   message Status { int32 code = 1; string message = 2; repeated google.protobuf.Any details = 3; }
//   message Any { string type_url = 1; bytes value = 2; }
import { create, toBinary } from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { ConnectError } from "@connectrpc/connect";

/** What a detail of a `ConnectError` is: a message, or the bytes of one and the name of its type. */
type Detail = ConnectError["details"][number];

/** A detail as it comes from the wire. */
export interface ReceivedDetail {
  /** The full name of the message's type, without the part of the URL before it. */
  readonly type: string;
  readonly value: Uint8Array;
}

/** google.rpc.Status. */
export interface RichStatus {
  readonly code: number;
  readonly message: string;
  readonly details: readonly ReceivedDetail[];
}

const TYPE_URL_PREFIX = "type.googleapis.com/";

/** @throws what protobuf-es throws at a detail that cannot be encoded */
export function encodeRichStatus(code: number, message: string, details: readonly Detail[]): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Varint).int32(code);
  if (message !== "") writer.tag(2, WireType.LengthDelimited).string(message);
  for (const detail of details) {
    const [type, value] =
      "desc" in detail ? [detail.desc.typeName, toBinary(detail.desc, create(detail.desc, detail.value))] : [detail.type, detail.value];
    writer.tag(3, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(TYPE_URL_PREFIX + type);
    if (value.length > 0) writer.tag(2, WireType.LengthDelimited).bytes(value);
    writer.join();
  }
  return writer.finish();
}

/** Undefined where the bytes are no google.rpc.Status: they tell more about an error, and must not become one themselves. */
export function decodeRichStatus(bytes: Uint8Array): RichStatus | undefined {
  try {
    return readStatus(new BinaryReader(bytes));
  } catch {
    return undefined;
  }
}

function readStatus(reader: BinaryReader): RichStatus {
  let code = 0;
  let message = "";
  const details: ReceivedDetail[] = [];
  readFields(reader, reader.len, (number, wire) => {
    if (number === 1 && wire === WireType.Varint) code = reader.int32();
    else if (number === 2 && wire === WireType.LengthDelimited) message = reader.string();
    else if (number === 3 && wire === WireType.LengthDelimited) details.push(readAny(reader));
    else reader.skip(wire, number);
  });
  return { code, message, details };
}

function readAny(reader: BinaryReader): ReceivedDetail {
  let typeUrl = "";
  let value: Uint8Array = new Uint8Array(0);
  const end = reader.uint32() + reader.pos;
  readFields(reader, end, (number, wire) => {
    if (number === 1 && wire === WireType.LengthDelimited) typeUrl = reader.string();
    else if (number === 2 && wire === WireType.LengthDelimited) value = new Uint8Array(reader.bytes());
    else reader.skip(wire, number);
  });
  return { type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1), value };
}

function readFields(reader: BinaryReader, end: number, read: (number: number, wire: WireType) => void): void {
  while (reader.pos < end) {
    const [number, wire] = reader.tag();
    read(number, wire);
  }
  if (reader.pos !== end) throw new RangeError("a field reaches beyond its message");
}
