/** Encoder and decoder with each other, what the encoder puts into the table, and what a hostile block may cost. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { HpackDecoder } from "./decoder.ts";
import { encodeStateless, HpackEncoder } from "./encoder.ts";

const seed = 7541;

function encode(encoder: HpackEncoder, list: readonly string[], fixed: readonly string[] = []): Buffer {
  encoder.begin();
  encoder.addFixed(fixed);
  encoder.add(list);
  return Buffer.from(encoder.end());
}

function decode(decoder: HpackDecoder, bytes: Buffer): string[] {
  const block = decoder.decode(bytes, 0, bytes.length);
  assert.ok(block);
  return block.fields.flatMap(({ name, value }) => [name, value]);
}

const names = fc.oneof(
  fc.constantFrom("grpc-timeout", "authorization", "user-agent", "x-a", "x-b", "accept-encoding", "grpc-status"),
  fc.stringMatching(/^[a-z0-9-]{1,20}$/).filter((name) => name !== "te" && name !== "connection" && name !== "host" && name !== "upgrade"),
);
const values = fc
  .array(
    fc.integer({ min: 0x20, max: 0xff }).filter((octet) => octet !== 0x7f),
    { maxLength: 60 },
  )
  .map((octets) => String.fromCharCode(...octets).trim())
  // `trim` takes more than blanks away, but leaves nothing that is not allowed.
  .filter((value) => !/^[ \t]|[ \t]$/.test(value));
const lists = fc.array(fc.tuple(names, values), { maxLength: 12 }).map((pairs) => pairs.flat());

test("what is encoded comes back, over connections of many blocks whose table's size changes", () => {
  const step = fc.record({
    fixed: lists,
    list: lists,
    again: fc.boolean(),
    tableBytes: fc.option(fc.integer({ min: 0, max: 4096 }), { freq: 5 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const encoder = new HpackEncoder();
      const decoder = new HpackDecoder(100_000);
      for (const { fixed, list, again, tableBytes } of steps) {
        if (tableBytes !== null) encoder.limitTable(tableBytes);
        for (let time = 0; time < (again ? 3 : 1); time++)
          assert.deepEqual(decode(decoder, encode(encoder, list, fixed)), [...fixed, ...list]);
      }
    }),
    { seed, numRuns: 300 },
  );
});

test("a stateless block means the same to every decoder at every time", () => {
  fc.assert(
    fc.property(lists, lists, (list, before) => {
      const block = Buffer.from(encodeStateless(list));
      const used = new HpackDecoder(100_000);
      const encoder = new HpackEncoder();
      decode(used, encode(encoder, before, before));
      assert.deepEqual(decode(used, block), list);
      assert.deepEqual(decode(new HpackDecoder(100_000), block), list);
    }),
    { seed, numRuns: 200 },
  );
});

test("random bytes are decoded or refused, never more, and a refusal is a ConnectionError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const decoder = new HpackDecoder(1000);
      try {
        decoder.decode(Buffer.from(bytes), 0, bytes.length);
      } catch (error) {
        assert.equal((error as Error).name, "ConnectionError");
      }
    }),
    { seed, numRuns: 3000 },
  );
});

test("the memory of repeated blocks never answers for another table", () => {
  // Blocks of few octets over a table that changes all the time: the same bytes mean different things.
  const octets = fc.constantFrom(0xbe, 0xbf, 0xc0, 0x82, 0x40, 0x41);
  const block = octets.map((octet) => {
    if (octet === 0x40) return Buffer.from([0x40, 1, 0x61, 1, 0x62]);
    return octet === 0x41 ? Buffer.from([0x40, 1, 0x63, 1, 0x64]) : Buffer.from([octet]);
  });
  fc.assert(
    fc.property(fc.array(block, { maxLength: 60 }), (blocks) => {
      const remembering = new HpackDecoder(1000);
      const seen: Buffer[] = [];
      for (const bytes of blocks) {
        const outcome = (decoder: HpackDecoder) => {
          try {
            return JSON.stringify(decoder.decode(bytes, 0, bytes.length));
          } catch (error) {
            return String(error);
          }
        };
        const actual = outcome(remembering);
        // A decoder that has seen all that changed the table, and no other block.
        const fresh = new HpackDecoder(1000);
        for (const before of seen) fresh.decode(before, 0, before.length);
        assert.equal(actual, outcome(fresh));
        if (actual.startsWith("ConnectionError")) return;
        if (bytes.length > 1) seen.push(bytes);
      }
    }),
    { seed, numRuns: 200 },
  );
});

test("what comes again is indexed the second time, a list that is always the same the first", () => {
  const encoder = new HpackEncoder();
  const first = encode(encoder, ["x-tenant", "acme"]).length;
  const second = encode(encoder, ["x-tenant", "acme"]).length;
  const third = encode(encoder, ["x-tenant", "acme"]).length;
  assert.deepEqual([first > 10, second > 10, third], [true, true, 1]);
  const fixed = ["x-service", "users"];
  encode(encoder, [], fixed);
  assert.equal(encode(encoder, [], fixed).length, 1);
  assert.equal(encode(encoder, [], fixed).length, 1);
});

test("values that differ from call to call leave the table, and so the peer's memory, alone", () => {
  const encoder = new HpackEncoder();
  const decoder = new HpackDecoder(10_000);
  const fixed = ["x-service", "users"];
  for (let call = 0; call < 50; call++) decode(decoder, encode(encoder, ["grpc-timeout", `${call}m`, "traceparent", `00-${call}`], fixed));
  assert.equal(decoder.tableBytes, "x-service".length + "users".length + 32);
});

test("RFC 7541 §7.1: secrets are never indexed", () => {
  const encoder = new HpackEncoder();
  const decoder = new HpackDecoder(10_000);
  for (const name of ["authorization", "cookie", "set-cookie", "proxy-authorization"]) {
    for (let time = 0; time < 3; time++) {
      const bytes = encode(encoder, [name, "secret"], [name, "fixed secret"]);
      const fields = decoder.decode(bytes, 0, bytes.length)?.fields ?? [];
      assert.deepEqual(
        fields.map(({ neverIndexed }) => neverIndexed),
        [true, true],
      );
    }
    const alone = Buffer.from(encodeStateless([name, "secret"]));
    assert.equal(decoder.decode(alone, 0, alone.length)?.fields[0]?.neverIndexed, true);
  }
  assert.equal(decoder.tableBytes, 0);
});

test("RFC 7541 §4.2: the smallest size since the last block is announced, then the last", () => {
  const encoder = new HpackEncoder();
  encoder.limitTable(0);
  encoder.limitTable(100);
  encoder.limitTable(4096);
  assert.equal(encode(encoder, [":status", "200"]).toString("hex"), "203fe11f88");
  assert.equal(encode(encoder, [":status", "200"]).toString("hex"), "88");
});

test("fields that cannot be sent are refused by name, and the next block is in step with the peer", () => {
  const encoder = new HpackEncoder();
  const decoder = new HpackDecoder(10_000);
  const illegal = [
    ["Upper", "x"],
    ["x", "line\nfeed"],
    ["x", " space"],
    ["", "x"],
    ["x", "\u0100"],
    ["connection", "close"],
  ] as const;
  for (const [name, value] of illegal) {
    assert.throws(() => encode(encoder, [name, value], ["x-before", "y"]), TypeError);
    assert.throws(() => encodeStateless([name, value]), TypeError);
    assert.deepEqual(decode(decoder, encode(encoder, ["x-after", "z"], ["x-before", "y"])), ["x-before", "y", "x-after", "z"]);
  }
});

test("an HPACK bomb makes no list: a great entry referred to thousands of times is only counted", () => {
  const decoder = new HpackDecoder(16_384);
  const entry = Buffer.concat([Buffer.from("4001617fd11e", "hex"), Buffer.alloc(127 + 0xf51, 0x62)]);
  assert.ok(decoder.decode(entry, 0, entry.length));
  const bomb = Buffer.alloc(16_384, 0xbe);
  const before = process.memoryUsage().heapUsed;
  for (let time = 0; time < 20; time++) assert.equal(decoder.decode(bomb, 0, bomb.length), undefined);
  assert.ok(process.memoryUsage().heapUsed - before < 20_000_000);
  // The table is as it was.
  assert.equal(decode(decoder, Buffer.from([0xbe]))[1]?.length, 127 + 0xf51);
});

test("a list at the limit is let through, one octet more is not", () => {
  const list = ["x-a", "1".repeat(100)];
  const size = 3 + 100 + 32;
  const bytes = Buffer.from(encodeStateless(list));
  assert.ok(new HpackDecoder(size).decode(bytes, 0, bytes.length));
  assert.equal(new HpackDecoder(size - 1).decode(bytes, 0, bytes.length), undefined);
});
