import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";
import type { DescMessage } from "@bufbuild/protobuf";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { compiledTypes, leftTypes, messages, typeNamed } from "./all-kinds.fixture.ts";
import { isCompilable } from "./compilable.ts";
import { compileDecoder } from "./decoder.ts";
import { compileEncoder } from "./encoder.ts";
import { readerOf } from "./generate-reader.ts";
import { writerOf } from "./generate-writer.ts";
import type { Source } from "./read.ts";
import { begin } from "./read.ts";
import type { Target } from "./write.ts";

const RUN = { seed: 20_261_122, numRuns: 100 };

/** What only protobuf-es handles: a character that stands for invalid text, keys that are no ordinary properties, required fields. */
const isUsual = (bytes: Uint8Array) => !/\ufffd|__proto__/.test(Buffer.from(bytes).toString());

describe("generated code", () => {
  for (const desc of compiledTypes) {
    test(`handles ${desc.typeName} itself`, () => {
      assert.ok(isCompilable(desc));
      fc.assert(
        fc.property(messages(desc), (message) => {
          const expected = toBinary(desc, message);
          if (!isUsual(expected)) return;
          const buffer = Buffer.alloc(expected.length + 100);
          assert.equal(writerOf(desc).write(message, buffer as Target, 0), expected.length);
          // Whether this one has come before cannot be told, for each object inherits a property of its name.
          if (Object.hasOwn(message, "isPrototypeOf")) return;
          begin(expected.length, true);
          assert.deepStrictEqual(readerOf(desc).read(Buffer.from(expected) as Source, 0, expected.length, 100), fromBinary(desc, expected));
        }),
        RUN,
      );
    });
  }

  test("is not made for what is left to protobuf-es", () => {
    for (const desc of leftTypes) assert.ok(!isCompilable(desc), desc.typeName);
  });

  test("is not led astray by names that are code", () => {
    const name = `a"]; throw new Error("led astray"); //\u2028'\`\${1}\\`;
    // Registries refuse such names; descriptors may come from elsewhere.
    const fields = typeNamed("kinds.Child").fields.map((field) => ({ ...field, localName: `${name}${field.number}` }));
    const desc: DescMessage = { ...typeNamed("kinds.Child"), typeName: name, fields, members: fields };
    assert.ok(isCompilable(desc));
    const bytes = Uint8Array.of(0x0a, 1, 0x61, 0x10, 2, 0x22, 0);
    const message = compileDecoder(desc).decode(Buffer.from(bytes), 0, bytes.length);
    assert.deepStrictEqual(message, fromBinary(desc, bytes));
    assert.deepEqual(Buffer.from(compileEncoder(desc).encode(message)), Buffer.from(bytes));
  });
});

describe("where code cannot be generated", () => {
  const script = `
    import assert from "node:assert/strict";
    import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
    import { TimestampSchema } from "@bufbuild/protobuf/wkt";
    const { canCompile } = await import(${JSON.stringify(import.meta.resolve("./compilable.ts"))});
    const { compileEncoder } = await import(${JSON.stringify(import.meta.resolve("./encoder.ts"))});
    const { compileDecoder } = await import(${JSON.stringify(import.meta.resolve("./decoder.ts"))});
    const message = create(TimestampSchema, { nanos: 5 });
    const bytes = toBinary(TimestampSchema, message);
    const buffer = Buffer.alloc(10);
    const end = compileEncoder(TimestampSchema).write(message, buffer, 2);
    assert.deepEqual(buffer.subarray(2, end), Buffer.from(bytes));
    assert.ok(compileEncoder(TimestampSchema).write(message, Buffer.alloc(1), 0) > 1);
    assert.deepEqual(Buffer.from(compileEncoder(TimestampSchema).encode(message)), Buffer.from(bytes));
    assert.deepStrictEqual(compileDecoder(TimestampSchema).decode(buffer, 2, end), fromBinary(TimestampSchema, bytes));
    console.log(canCompile);`;
  const run = (flags: string[], env: Record<string, string> = {}) =>
    execFileSync(process.execPath, [...flags, "--input-type=module", "--eval", script], {
      cwd: import.meta.dirname,
      env: { ...process.env, ...env },
      encoding: "utf8",
    }).trim();

  test("protobuf-es does the work: --disallow-code-generation-from-strings", () => {
    assert.equal(run([]), "true");
    assert.equal(run(["--disallow-code-generation-from-strings"]), "false");
  });

  test("and where 64-bit integers are not BigInt: BUF_BIGINT_DISABLE", () => {
    assert.equal(run([], { BUF_BIGINT_DISABLE: "1" }), "false");
  });
});
