import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DescMessage, Message } from "@bufbuild/protobuf";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { compiledTypes, leftTypes, messages, typeNamed } from "./all-kinds.fixture.ts";
import { compileDecoder } from "./decoder.ts";
import { compileEncoder } from "./encoder.ts";

const RUN = { seed: 20_261_122, numRuns: 150 };

/** What a function returns, or the message of what it throws. */
function outcome<T>(run: () => T): { value: T } | { error: string } {
  try {
    return { value: run() };
  } catch (error) {
    return { error: String(error) };
  }
}

function decodeAll(desc: DescMessage, bytes: Uint8Array, options = {}): Message {
  return compileDecoder(desc, options).decode(Buffer.from(bytes), 0, bytes.length);
}

function assertSameDecoding(desc: DescMessage, bytes: Uint8Array, options = {}): void {
  const plain = new Uint8Array(bytes);
  assert.deepStrictEqual(
    outcome(() => decodeAll(desc, bytes, options)),
    outcome(() => fromBinary(desc, plain, options)),
  );
}

function assertSameEncoding(desc: DescMessage, message: Message, options = {}): void {
  const ours = outcome(() => Buffer.from(compileEncoder(desc, options).encode(message)).toString("hex"));
  const theirs = outcome(() => Buffer.from(toBinary(desc, message, options)).toString("hex"));
  assert.deepStrictEqual(ours, theirs);
}

for (const desc of [...compiledTypes, ...leftTypes]) {
  describe(`the codec of ${desc.typeName} equals protobuf-es`, () => {
    const arbitrary = messages(desc);

    test("for any message", () => {
      fc.assert(
        fc.property(arbitrary, (message) => {
          assertSameEncoding(desc, message);
          assertSameDecoding(desc, toBinary(desc, message));
        }),
        RUN,
      );
    });

    test("for messages cut off at every byte", () => {
      fc.assert(
        fc.property(arbitrary, (message) => {
          const bytes = toBinary(desc, message);
          for (let length = 0; length < Math.min(bytes.length, 400); length++) assertSameDecoding(desc, bytes.subarray(0, length));
        }),
        { ...RUN, numRuns: 15 },
      );
    });

    test("for messages with changed bytes", () => {
      const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
      fc.assert(
        fc.property(arbitrary, fc.array(change, { minLength: 1, maxLength: 4 }), (message, changes) => {
          const bytes = toBinary(desc, message);
          for (const [at, byte] of changes) bytes[at % (bytes.length || 1)] = byte;
          assertSameDecoding(desc, bytes);
        }),
        { ...RUN, numRuns: 400 },
      );
    });

    test("for bytes that come from nowhere", () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => assertSameDecoding(desc, bytes)),
        { ...RUN, numRuns: 400 },
      );
    });

    test("for one message after another, which merges them", () => {
      fc.assert(
        fc.property(arbitrary, arbitrary, (first, second) => {
          assertSameDecoding(desc, Buffer.concat([toBinary(desc, first), toBinary(desc, second)]));
        }),
        { ...RUN, numRuns: 60 },
      );
    });

    test("for fields of other types, kept and not kept", () => {
      const others = fc
        .constantFrom(...compiledTypes, ...leftTypes)
        .chain((other) => messages(other).map((message) => toBinary(other, message)));
      fc.assert(
        fc.property(others, (bytes) => {
          for (const readUnknownFields of [true, false]) assertSameDecoding(desc, bytes, { readUnknownFields });
          const read = outcome(() => decodeAll(desc, bytes));
          if ("error" in read) return;
          for (const writeUnknownFields of [true, false]) assertSameEncoding(desc, read.value, { writeUnknownFields });
        }),
        RUN,
      );
    });
  });
}

describe("an encoder", () => {
  const desc = typeNamed("kinds.Lists");

  test("tells a buffer that is too small by its result, and fits into one of about that size", () => {
    fc.assert(
      fc.property(messages(desc), fc.nat({ max: 20 }), (message, offset) => {
        const expected = toBinary(desc, message);
        const { write } = compileEncoder(desc);
        const end = offset + expected.length;
        for (let size = offset; size < end; size += size < end - 40 ? 13 : 1) {
          assert.ok(write(message, Buffer.alloc(size), offset) > size, `${size} of ${end}`);
        }
        let exact = Buffer.alloc(end);
        let result = write(message, exact, offset);
        // A length that was expected to be longer may need a few bytes in passing.
        for (let calls = 1; result > exact.length; calls++) {
          assert.ok(calls < 4 && result < end + 8, `${result} of ${end} after ${calls}`);
          exact = Buffer.alloc(result);
          result = write(message, exact, offset);
        }
        assert.equal(result, end);
        assert.deepEqual(exact.subarray(offset, end), Buffer.from(expected));
      }),
      { ...RUN, numRuns: 40 },
    );
  });

  test("leaves what is before the offset and after the message alone", () => {
    const message = create(desc, { listString: ["a", "é".repeat(100)], listInt32: [1, -1] });
    const expected = toBinary(desc, message);
    const buffer = Buffer.alloc(expected.length + 700, 0xaa);
    assert.equal(compileEncoder(desc).write(message, buffer, 7), expected.length + 7);
    assert.ok(buffer.subarray(0, 7).every((byte) => byte === 0xaa));
    assert.deepEqual(buffer.subarray(7, expected.length + 7), Buffer.from(expected));
    assert.ok(buffer.subarray(expected.length + 7).every((byte) => byte === 0xaa));
  });

  test("encodes a message that is longer than its scratch buffer", () => {
    const message = create(desc, { listBytes: [new Uint8Array(200_000).fill(7)] });
    assertSameEncoding(desc, message);
    assertSameEncoding(desc, create(desc, { listInt32: [5] }));
  });

  test("refuses wrong values with the error that protobuf-es gives, and takes the odd ones that it takes", () => {
    const singular = typeNamed("kinds.Singular");
    const odd: unknown[] = [
      undefined,
      null,
      "",
      "1",
      "x",
      "1e3",
      1,
      -1,
      1.5,
      2 ** 31,
      2 ** 32,
      2 ** 40,
      1n,
      -1n,
      2n ** 63n,
      2n ** 64n,
      NaN,
      1e300,
      true,
      {},
      [],
      [1],
    ];
    for (const field of singular.fields) {
      for (const value of odd) {
        const message = create(singular) as Message & Record<string, unknown>;
        const member = field.oneof ?? field;
        message[member.localName] = field.oneof === undefined ? value : { case: field.localName, value };
        assertSameEncoding(singular, message);
      }
    }
    for (const list of typeNamed("kinds.Lists").fields) {
      for (const value of odd) {
        const message = create(desc) as Message & Record<string, unknown>;
        message[list.localName] = [value];
        assertSameEncoding(desc, message);
      }
    }
    for (const map of typeNamed("kinds.Maps").fields) {
      for (const key of ["", "1", "x", "true", "-1", "1.5", "99999999999", "18446744073709551616"]) {
        const message = create(typeNamed("kinds.Maps")) as Message & Record<string, unknown>;
        message[map.localName] = { [key]: map.message === undefined ? 1 : create(map.message) };
        assertSameEncoding(typeNamed("kinds.Maps"), message);
      }
    }
  });

  test("refuses a message of another type, a missing required field and an endless message as protobuf-es does", () => {
    assertSameEncoding(desc, create(typeNamed("kinds.Child")));
    assertSameEncoding(typeNamed("kinds.Empty"), create(typeNamed("kinds.Child")));
    assertSameEncoding(typeNamed("old.Required"), create(typeNamed("old.Required"), { id: "1" }));
    const endless = create(typeNamed("kinds.Child")) as Message & Record<string, unknown>;
    endless.child = endless;
    assert.throws(() => compileEncoder(typeNamed("kinds.Child")).encode(endless), RangeError);
  });

  test("tells presence by own properties, whatever a message inherits", () => {
    const child = typeNamed("kinds.Singular");
    assertSameEncoding(child, Object.create(create(child, { optionalString: "inherited", implicitString: "too" })) as Message);
    assertSameEncoding(typeNamed("old.Old"), create(typeNamed("old.Old"), { oneInt32: 0, hasOwnProperty: "own" }));
  });
});

describe("a decoder", () => {
  test("reads a message in the middle of a chunk, whatever is around it", () => {
    const desc = typeNamed("kinds.Singular");
    const around = fc.uint8Array({ maxLength: 30 });
    fc.assert(
      fc.property(messages(desc), around, around, (message, before, after) => {
        const bytes = toBinary(desc, message);
        const chunk = Buffer.concat([before, bytes, after]);
        const end = before.length + bytes.length;
        for (const cut of bytes.length === 0 ? [0] : [0, 1]) {
          assert.deepStrictEqual(
            outcome(() => compileDecoder(desc).decode(chunk, before.length, end - cut)),
            outcome(() => fromBinary(desc, bytes.slice(0, bytes.length - cut))),
          );
        }
      }),
      { ...RUN, numRuns: 200 },
    );
  });

  test("shares no memory with the chunk", () => {
    for (const [type, init] of [
      ["kinds.Lists", { listBytes: [Uint8Array.of(1, 2, 3)] }],
      ["kinds.Maps", { toBytes: { a: Uint8Array.of(1, 2, 3), __proto__x: new Uint8Array(1) } }],
      ["new.Delimited", { child: { oneBytes: Uint8Array.of(1, 2, 3) } }],
    ] as const) {
      const desc = typeNamed(type);
      const chunk = Buffer.from(toBinary(desc, create(desc, init)));
      const decoded = compileDecoder(desc).decode(chunk, 0, chunk.length);
      const expected = fromBinary(desc, new Uint8Array(chunk));
      chunk.fill(0xff);
      assert.deepStrictEqual(decoded, expected);
    }
  });

  test("keeps to the recursion limit, at every limit and depth", () => {
    const desc = typeNamed("kinds.Child");
    let message = create(desc);
    for (let depth = 1; depth <= 104; depth++) {
      const bytes = toBinary(desc, message);
      for (const recursionLimit of [0, 1, 2, depth - 1, depth, depth + 1]) assertSameDecoding(desc, bytes, { recursionLimit });
      assertSameDecoding(desc, bytes);
      message = create(desc, { child: message });
    }
  });

  test("refuses nesting deep enough to exhaust the stack without exhausting it", () => {
    const desc = typeNamed("kinds.Child");
    let bytes = Buffer.alloc(0);
    for (let depth = 0; depth < 5000; depth++) {
      const head: number[] = [0x1a];
      for (let rest = bytes.length; ; rest >>>= 7) {
        head.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
        if (rest <= 0x7f) break;
      }
      bytes = Buffer.concat([Buffer.from(head), bytes]);
    }
    assert.throws(() => decodeAll(desc, bytes), /maximum recursion depth of 100/);
  });

  test("reads varints that are longer than needed, and refuses those longer than ten bytes, as protobuf-es does", () => {
    const desc = typeNamed("kinds.Singular");
    for (const field of desc.fields.filter(({ number }) => number <= 15)) {
      for (let length = 1; length <= 12; length++) {
        for (const last of [0, 1, 0x0f, 0x7f]) {
          const body = [...Array.from({ length: length - 1 }, () => 0x80), last];
          assertSameDecoding(desc, Uint8Array.of((field.number << 3) | 0, ...body));
          assertSameDecoding(desc, Uint8Array.of(...body, 1));
          assertSameDecoding(desc, Uint8Array.of(((field.number << 3) & 0x7f) | 0x80, ...body.slice(1), 1));
        }
      }
    }
  });

  test("reads invalid UTF-8 as protobuf-es does: refused where it must be valid, replaced elsewhere", () => {
    const sequences = ["80", "c0af", "eda080", "f4908080", "f5", "e28c", "efbfbd", "efbbbf41", "f09f9880"];
    for (const sequence of sequences) {
      for (const around of ["", "61", "61".repeat(140)]) {
        const body = Buffer.from(around + sequence + around, "hex");
        const length = body.length > 0x7f ? [(body.length & 0x7f) | 0x80, body.length >>> 7] : [body.length];
        assertSameDecoding(typeNamed("kinds.Child"), Uint8Array.of(0x0a, ...length, ...body));
        assertSameDecoding(typeNamed("old.Old"), Uint8Array.of((9 << 3) | 2, ...length, ...body));
      }
    }
  });
});
