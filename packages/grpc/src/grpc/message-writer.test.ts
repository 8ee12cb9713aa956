import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { compileEncoder } from "../codec/encoder.ts";
import { withPrefix } from "./message.ts";
import { MessageWriter } from "./message-writer.ts";

const encoder = compileEncoder(AnySchema);
const ofLength = (length: number) => create(AnySchema, { typeUrl: "t", value: new Uint8Array(length).fill(3) });
const isCode = (code: Code) => (error: unknown) => error instanceof ConnectError && error.code === code;

test("messages of any length are written with their prefixes, one after the other", () => {
  const writer = new MessageWriter(4_194_304);
  for (const length of [0, 1, 100, 16_000, 16_384, 16_390, 100_000, 3, 1_000_000, 5]) {
    const message = ofLength(length);
    const end = writer.write(encoder, message);
    assert.deepEqual(writer.bytes.subarray(0, end), withPrefix(toBinary(AnySchema, message), false));
    assert.deepStrictEqual(fromBinary(AnySchema, new Uint8Array(writer.bytes.subarray(5, end))), message);
  }
  assert.ok(writer.bytes.length <= 262_144, "a large buffer is not kept");
});

test("the limit is exact", () => {
  const message = ofLength(1000);
  const length = toBinary(AnySchema, message).length;
  assert.equal(new MessageWriter(length).write(encoder, message), length + 5);
  assert.throws(() => new MessageWriter(length - 1).write(encoder, message), isCode(Code.ResourceExhausted));
  const writer = new MessageWriter(1000);
  assert.throws(() => writer.write(encoder, ofLength(10_000_000)), isCode(Code.ResourceExhausted));
  assert.ok(writer.bytes.length < 100_000);
});

test("a message that cannot be encoded is an internal error", () => {
  const wrong = { ...create(AnySchema), value: "text" } as unknown as ReturnType<typeof ofLength>;
  const writer = new MessageWriter(1000);
  assert.throws(() => writer.write(encoder, wrong), isCode(Code.Internal));
  assert.equal(writer.write(encoder, ofLength(2)), 5 + 3 + 4);
});
