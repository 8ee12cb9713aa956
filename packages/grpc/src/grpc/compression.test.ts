import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deflateRawSync, gzipSync } from "node:zlib";
import { Code, ConnectError } from "@connectrpc/connect";
import { compressionGzip } from "@connectrpc/connect-node";
import fc from "fast-check";
import {
  acceptEncoding,
  chooseCompression,
  decompressMessage,
  defaultCompressions,
  deflateCompression,
  findCompression,
  gzipCompression,
} from "./compression.ts";

const RUN = { seed: 20_261_122, numRuns: 60 };
const isCode = (code: Code) => (error: unknown) => error instanceof ConnectError && error.code === code;

for (const compression of defaultCompressions) {
  describe(compression.name, () => {
    test("gives back what it was given, up to the limit and not beyond", async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
          const packed = await compression.compress(bytes);
          assert.deepEqual(Buffer.from(await compression.decompress(packed, bytes.length)), Buffer.from(bytes));
          if (bytes.length > 0) await assert.rejects(compression.decompress(packed, bytes.length - 1), isCode(Code.ResourceExhausted));
        }),
        RUN,
      );
    });

    test("stops at the limit, however much a bomb would make", async () => {
      const bomb = await compression.compress(Buffer.alloc(50_000_000));
      assert.ok(bomb.length < 100_000);
      const before = process.memoryUsage().arrayBuffers;
      await assert.rejects(compression.decompress(bomb, 100_000), isCode(Code.ResourceExhausted));
      assert.ok(process.memoryUsage().arrayBuffers - before < 10_000_000);
    });

    test("refuses what is not so compressed, or cut off", async () => {
      const packed = await compression.compress(Buffer.from("a message of some length"));
      for (const bytes of [
        Buffer.alloc(0),
        Buffer.from("plain"),
        packed.subarray(0, packed.length - 1),
        packed.subarray(1),
        deflateRawSync("raw"),
      ]) {
        await assert.rejects(compression.decompress(bytes, 1000), isCode(Code.Internal));
      }
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 50 }), async (bytes) => {
          await compression.decompress(bytes, 1000).catch((error: unknown) => assert.ok(error instanceof ConnectError));
        }),
        RUN,
      );
    });
  });
}

test("gzip is what Connect's gzip is", async () => {
  const bytes = Buffer.from("the same bytes ".repeat(20));
  assert.deepEqual(Buffer.from(await compressionGzip.decompress(await gzipCompression.compress(bytes), 1000)), bytes);
  assert.deepEqual(Buffer.from(await gzipCompression.decompress(gzipSync(bytes), 1000)), bytes);
});

test("the compression of a peer is found by its name", () => {
  assert.equal(findCompression(undefined, defaultCompressions), undefined);
  assert.equal(findCompression("identity", defaultCompressions), undefined);
  assert.equal(findCompression("", defaultCompressions), undefined);
  assert.equal(findCompression("gzip", defaultCompressions), gzipCompression);
  assert.equal(findCompression("deflate", defaultCompressions), deflateCompression);
});

test("one that is not supported is unimplemented, and the answer says what is", () => {
  for (const name of ["br", "GZIP", "gzip, deflate", "x".repeat(5000)]) {
    assert.throws(
      () => findCompression(name, [gzipCompression]),
      (error) =>
        error instanceof ConnectError &&
        error.code === Code.Unimplemented &&
        error.metadata.get("grpc-accept-encoding") === "identity,gzip" &&
        error.message.length < 200,
    );
  }
});

test("answers are compressed with what the peer accepts, the preferred first", () => {
  assert.equal(acceptEncoding(defaultCompressions), "identity,gzip,deflate");
  assert.equal(chooseCompression("identity,deflate,gzip", undefined, defaultCompressions), gzipCompression);
  assert.equal(chooseCompression(" deflate ,br", undefined, defaultCompressions), deflateCompression);
  assert.equal(chooseCompression("identity", gzipCompression, defaultCompressions), undefined);
  assert.equal(chooseCompression("", gzipCompression, defaultCompressions), undefined);
  assert.equal(chooseCompression("gzip", undefined, []), undefined);
  assert.equal(chooseCompression(undefined, deflateCompression, defaultCompressions), deflateCompression);
  assert.equal(chooseCompression(undefined, undefined, defaultCompressions), undefined);
  fc.assert(
    fc.property(fc.string(), (accepted) => {
      const chosen = chooseCompression(accepted, undefined, defaultCompressions);
      assert.ok(chosen === undefined || accepted.includes(chosen.name));
    }),
    RUN,
  );
});

test("a compressed message without grpc-encoding is an error", async () => {
  await assert.rejects(decompressMessage(new Uint8Array(3), undefined, 100), isCode(Code.Internal));
  assert.deepEqual(Buffer.from(await decompressMessage(gzipSync("x"), gzipCompression, 100)), Buffer.from("x"));
});
