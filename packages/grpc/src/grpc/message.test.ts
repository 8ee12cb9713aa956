import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { MessageReader, PREFIX_BYTES, withPrefix, writePrefix } from "./message.ts";

const RUN = { seed: 20_261_122, numRuns: 300 };
const MAX_BYTES = 100_000;

interface Found {
  readonly bytes: string;
  readonly compressed: boolean;
}

function reader(maxBytes = MAX_BYTES): { messages: Found[]; reader: MessageReader; sources: Buffer[] } {
  const messages: Found[] = [];
  const sources: Buffer[] = [];
  const sink = {
    onMessage(bytes: Buffer, start: number, end: number, compressed: boolean) {
      messages.push({ bytes: bytes.toString("hex", start, end), compressed });
      sources.push(bytes);
    },
  };
  return { messages, sources, reader: new MessageReader(maxBytes, sink) };
}

const isCode = (code: Code) => (error: unknown) => error instanceof ConnectError && error.code === code;
const contents = fc.array(
  fc.record({
    bytes: fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.nat({ max: 60_000 }).map((n) => new Uint8Array(n).fill(n)),
    ),
    compressed: fc.boolean(),
  }),
  { maxLength: 5 },
);

describe("a message reader", () => {
  test("finds the same messages wherever the stream is cut", () => {
    fc.assert(
      fc.property(contents, fc.array(fc.nat(), { maxLength: 12 }), fc.nat({ max: 5 }), (list, cuts, padding) => {
        const stream = Buffer.concat(list.map(({ bytes, compressed }) => withPrefix(bytes, compressed)));
        const found = reader();
        const at = [0, ...cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b), stream.length];
        for (let i = 1; i < at.length; i++) {
          // Each piece is somewhere in a chunk of its own.
          const piece = stream.subarray(at[i - 1], at[i]);
          const chunk = Buffer.concat([Buffer.alloc(padding, 1), piece, Buffer.alloc(padding, 1)]);
          found.reader.push(chunk, padding, padding + piece.length);
        }
        found.reader.finish();
        assert.deepEqual(
          found.messages,
          list.map(({ bytes, compressed }) => ({ bytes: Buffer.from(bytes).toString("hex"), compressed })),
        );
      }),
      RUN,
    );
  });

  test("finds messages that come byte by byte", () => {
    const found = reader();
    for (const octet of [
      ...withPrefix(Uint8Array.of(1, 2), false),
      ...withPrefix(new Uint8Array(0), true),
      ...withPrefix(Uint8Array.of(3), false),
    ]) {
      found.reader.push(Uint8Array.of(octet), 0, 1);
    }
    assert.deepEqual(found.messages, [
      { bytes: "0102", compressed: false },
      { bytes: "", compressed: true },
      { bytes: "03", compressed: false },
    ]);
  });

  test("does not copy a message that lies within one chunk", () => {
    const found = reader();
    const chunk = Buffer.concat([withPrefix(Buffer.alloc(50), false), withPrefix(Buffer.alloc(70), false)]);
    found.reader.push(chunk, 0, chunk.length);
    assert.equal(found.sources[0], chunk);
    assert.equal(found.sources[1], chunk);
  });

  test("refuses a message that is too long at its prefix, before any of it has come", () => {
    const found = reader(1000);
    const prefix = Buffer.alloc(PREFIX_BYTES);
    writePrefix(prefix, 0, 1001, false);
    found.reader.push(prefix, 0, 4);
    assert.throws(() => found.reader.push(prefix, 4, 5), isCode(Code.ResourceExhausted));
    const largest = reader(1000);
    writePrefix(prefix, 0, 0xffff_ffff, false);
    assert.throws(() => largest.reader.push(prefix, 0, 5), /4294967295 bytes/);
    const allowed = reader(1000);
    allowed.reader.push(withPrefix(Buffer.alloc(1000), false), 0, 1005);
    assert.equal(allowed.messages.length, 1);
  });

  test("takes no memory for what is announced and does not come", () => {
    const readers = Array.from({ length: 200 }, () => reader(100_000_000).reader);
    const prefix = Buffer.alloc(PREFIX_BYTES + 1);
    writePrefix(prefix, 0, 100_000_000, false);
    const before = process.memoryUsage().arrayBuffers;
    for (const one of readers) one.push(prefix, 0, prefix.length);
    assert.ok(process.memoryUsage().arrayBuffers - before < 20_000_000);
  });

  test("refuses flags that gRPC does not define", () => {
    for (const flag of [2, 3, 0x80, 0xff]) {
      assert.throws(() => reader().reader.push(Uint8Array.of(flag), 0, 1), isCode(Code.Internal));
    }
  });

  test("tells a stream that ends within a message", () => {
    const whole = withPrefix(Buffer.alloc(10), false);
    for (let length = 0; length <= whole.length; length++) {
      const found = reader();
      found.reader.push(whole, 0, length);
      if (length === 0 || length === whole.length) found.reader.finish();
      else assert.throws(() => found.reader.finish(), isCode(Code.Internal), String(length));
    }
  });

  test("goes on with the next message when the sink has thrown", () => {
    let calls = 0;
    const sink = {
      onMessage() {
        if (++calls === 1) throw new Error("from the sink");
      },
    };
    const one = new MessageReader(100, sink);
    const message = withPrefix(Uint8Array.of(1), false);
    assert.throws(() => one.push(message, 0, message.length), /from the sink/);
    one.push(message, 0, message.length);
    one.finish();
    assert.equal(calls, 2);
  });

  test("throws nothing but its own errors at random bytes", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 10 }), (chunks) => {
        const found = reader(30);
        try {
          for (const chunk of chunks) found.reader.push(chunk, 0, chunk.length);
          found.reader.finish();
        } catch (error) {
          assert.ok(error instanceof ConnectError);
        }
      }),
      { ...RUN, numRuns: 2000 },
    );
  });
});

test("a prefix is a flag and the length, most significant byte first", () => {
  assert.deepEqual([...withPrefix(Uint8Array.of(9), true)], [1, 0, 0, 0, 1, 9]);
  const buffer = Buffer.alloc(8, 0xaa);
  writePrefix(buffer, 2, 0x01020304, false);
  assert.deepEqual([...buffer], [0xaa, 0xaa, 0, 1, 2, 3, 4, 0xaa]);
  writePrefix(buffer, 2, 0xfffffffe, true);
  assert.deepEqual([...buffer], [0xaa, 0xaa, 1, 255, 255, 255, 254, 0xaa]);
});
