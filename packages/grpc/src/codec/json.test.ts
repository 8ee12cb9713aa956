import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { typeNamed } from "./all-kinds.fixture.ts";
import { jsonDecoder, jsonEncoder } from "./json.ts";

const desc = typeNamed("kinds.Child");
const message = create(desc, { name: "Zoë", count: 3, children: [{ name: "a" }] });

test("a message survives the way into JSON and out, in the middle of a chunk", () => {
  const buffer = Buffer.alloc(200);
  const end = jsonEncoder(desc).write(message, buffer, 5);
  assert.equal(buffer.toString("utf8", 5, end), '{"name":"Zoë","count":3,"children":[{"name":"a"}]}');
  assert.deepStrictEqual(jsonDecoder(desc).decode(buffer, 5, end), message);
  assert.deepEqual(Buffer.from(jsonEncoder(desc).encode(message)), buffer.subarray(5, end));
});

test("a buffer that is too small is told by the result, and left alone", () => {
  const buffer = Buffer.alloc(20);
  const end = jsonEncoder(desc).write(message, buffer, 3);
  assert.ok(end > buffer.length);
  assert.ok(buffer.every((byte) => byte === 0));
  assert.equal(jsonEncoder(desc).write(message, Buffer.alloc(end), 3), end);
});

test("options are obeyed, and what is no message is refused", () => {
  const unknown = Buffer.from('{"name":"a","other":1}');
  assert.throws(() => jsonDecoder(desc).decode(unknown, 0, unknown.length), /other/);
  assert.deepStrictEqual(jsonDecoder(desc, { ignoreUnknownFields: true }).decode(unknown, 0, unknown.length), create(desc, { name: "a" }));
  assert.throws(() => jsonDecoder(desc).decode(unknown, 1, unknown.length), /JSON/i);
  assert.equal(
    Buffer.from(jsonEncoder(desc, { alwaysEmitImplicit: true }).encode(create(desc))).toString(),
    '{"name":"","count":0,"children":[]}',
  );
});
