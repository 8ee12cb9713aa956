/** The examples of RFC 7541, Appendix C, and its rules on what a decoder refuses. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectionError, ErrorCode } from "../error-code.ts";
import { HpackDecoder } from "./decoder.ts";
import { huffmanDecode, huffmanEncode, huffmanLength, longestDecoded } from "./huffman.ts";

interface Example {
  readonly hex: string;
  /** Pseudo-headers first, as lines. */
  readonly lines: readonly string[];
  readonly tableBytes: number;
}

/** The names in the order in which these sections have them. */
const pseudo = ["method", "scheme", "path", "authority", "status"] as const;

function decode(decoder: HpackDecoder, hex: string): string[] {
  const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
  const block = decoder.decode(bytes, 0, bytes.length);
  assert.ok(block);
  const head = pseudo.flatMap((name) => (block[name] === undefined ? [] : [`:${name}: ${block[name]}`]));
  return [...head, ...block.fields.map(({ name, value }) => `${name}: ${value}`)];
}

const requests: readonly (readonly string[])[] = [
  [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"],
  [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com", "cache-control: no-cache"],
  [":method: GET", ":scheme: https", ":path: /index.html", ":authority: www.example.com", "custom-key: custom-value"],
];

const responses: readonly (readonly string[])[] = [
  [":status: 302", "cache-control: private", "date: Mon, 21 Oct 2013 20:13:21 GMT", "location: https://www.example.com"],
  [":status: 307", "cache-control: private", "date: Mon, 21 Oct 2013 20:13:21 GMT", "location: https://www.example.com"],
  [
    ":status: 200",
    "cache-control: private",
    "date: Mon, 21 Oct 2013 20:13:22 GMT",
    "location: https://www.example.com",
    "content-encoding: gzip",
    "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
  ],
];

const series: readonly { readonly name: string; readonly tableLimit?: number; readonly examples: readonly Example[] }[] = [
  {
    name: "C.2.1: a literal with indexing",
    examples: [
      { hex: "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572", lines: ["custom-key: custom-header"], tableBytes: 55 },
    ],
  },
  {
    name: "C.2.2: a literal without indexing",
    examples: [{ hex: "040c 2f73 616d 706c 652f 7061 7468", lines: [":path: /sample/path"], tableBytes: 0 }],
  },
  {
    name: "C.2.3: a literal that is never indexed",
    examples: [{ hex: "1008 7061 7373 776f 7264 0673 6563 7265 74", lines: ["password: secret"], tableBytes: 0 }],
  },
  { name: "C.2.4: an indexed field", examples: [{ hex: "82", lines: [":method: GET"], tableBytes: 0 }] },
  {
    name: "C.3: requests without Huffman coding",
    examples: [
      { hex: "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", lines: requests[0] ?? [], tableBytes: 57 },
      { hex: "8286 84be 5808 6e6f 2d63 6163 6865", lines: requests[1] ?? [], tableBytes: 110 },
      { hex: "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65", lines: requests[2] ?? [], tableBytes: 164 },
    ],
  },
  {
    name: "C.4: requests with Huffman coding",
    examples: [
      { hex: "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", lines: requests[0] ?? [], tableBytes: 57 },
      { hex: "8286 84be 5886 a8eb 1064 9cbf", lines: requests[1] ?? [], tableBytes: 110 },
      { hex: "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf", lines: requests[2] ?? [], tableBytes: 164 },
    ],
  },
  {
    name: "C.5: responses without Huffman coding, in a table of 256 octets",
    tableLimit: 256,
    examples: [
      {
        hex: "3fe1 01 4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
        lines: responses[0] ?? [],
        tableBytes: 222,
      },
      { hex: "4803 3330 37c1 c0bf", lines: responses[1] ?? [], tableBytes: 222 },
      {
        hex: "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31",
        lines: responses[2] ?? [],
        tableBytes: 215,
      },
    ],
  },
  {
    name: "C.6: responses with Huffman coding, in a table of 256 octets",
    tableLimit: 256,
    examples: [
      {
        hex: "3fe1 01 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
        lines: responses[0] ?? [],
        tableBytes: 222,
      },
      { hex: "4883 640e ffc1 c0bf", lines: responses[1] ?? [], tableBytes: 222 },
      {
        hex: "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
        lines: responses[2] ?? [],
        tableBytes: 215,
      },
    ],
  },
];

for (const { name, tableLimit = 4096, examples } of series) {
  test(`RFC 7541 §${name}`, () => {
    const decoder = new HpackDecoder(16_384);
    if (tableLimit !== 4096) decoder.limitTable(tableLimit);
    for (const { hex, lines, tableBytes } of examples) {
      assert.deepEqual(decode(decoder, hex), lines);
      assert.equal(decoder.tableBytes, tableBytes);
    }
  });
}

test("RFC 7541 §C.2.3: a field that is never indexed is marked so", () => {
  const bytes = Buffer.from("100870617373776f726406736563726574", "hex");
  const [field] = new HpackDecoder(1000).decode(bytes, 0, bytes.length)?.fields ?? [];
  assert.equal(field?.neverIndexed, true);
});

test("RFC 7541 §C.1: an integer of several octets", () => {
  // 1337 with a prefix of five bits, as a table size.
  const decoder = new HpackDecoder(1000);
  assert.deepEqual(decode(decoder, "3f 9a 0a 82"), [":method: GET"]);
});

const refused: readonly { readonly says: string; readonly hex: string; readonly limit?: number }[] = [
  { says: "§6.1: index 0", hex: "80" },
  { says: "§2.3.3: an index beyond both tables", hex: "be" },
  { says: "§2.3.3: a name's index beyond both tables", hex: "7e 01 61" },
  { says: "§5.1: an integer that is cut off", hex: "ff" },
  { says: "§5.1: an integer that is cut off later", hex: "ff 80" },
  { says: "§5.1: an integer beyond what can be", hex: "ff ff ff ff ff 7f" },
  { says: "§5.1: an integer of endless zeros", hex: "ff 80 80 80 80 80 00" },
  { says: "§5.2: a string that is missing", hex: "00" },
  { says: "§5.2: a value that is missing", hex: "00 01 61" },
  { says: "§5.2: a string longer than its block", hex: "00 05 61" },
  { says: "§5.2: a string of a length that overflows its block", hex: "00 7f ff ff ff 7f 61" },
  { says: "§5.2: Huffman padding of eight bits", hex: "00 82 1f ff 01 61" },
  { says: "§5.2: Huffman padding that is not all ones", hex: "00 81 18 01 61" },
  { says: "§5.2: the end of string within a string", hex: "00 84 ff ff ff ff 01 61" },
  { says: "§4.2: a table size after the first field", hex: "82 20" },
  { says: "§6.3: a table size above the limit", hex: "3f e2 1f 82" },
  { says: "§6.3: a table size above a limit that was raised to less", hex: "3f e2 3f 82", limit: 8192 },
  { says: "RFC 9113 §4.3.1: no table size after the limit was reduced", hex: "82", limit: 100 },
];

for (const { says, hex, limit } of refused) {
  test(`refused, RFC 7541 ${says}`, () => {
    const decoder = new HpackDecoder(1000);
    if (limit !== undefined) decoder.limitTable(limit);
    assert.throws(
      () => decode(decoder, hex),
      (error) => error instanceof ConnectionError && error.code === ErrorCode.COMPRESSION_ERROR,
    );
  });
}

test("RFC 7541 §4.2: a table size may be reduced to nothing and raised again in one block, which empties the table", () => {
  const decoder = new HpackDecoder(1000);
  decode(decoder, "400161 0162");
  assert.equal(decoder.tableBytes, 34);
  assert.deepEqual(decode(decoder, "20 3f e1 1f 82"), [":method: GET"]);
  assert.equal(decoder.tableBytes, 0);
});

test("RFC 7541 §4.4: an entry greater than the table empties it, and is no error", () => {
  const decoder = new HpackDecoder(100_000);
  decode(decoder, "400161 0162");
  const long = Buffer.concat([Buffer.from("4001617fa11f", "hex"), Buffer.alloc(127 + 0x0fa1, 0x62)]);
  const block = decoder.decode(long, 0, long.length);
  assert.equal(block?.fields[0]?.value.length, 127 + 0x0fa1);
  assert.equal(decoder.tableBytes, 0);
});

test("RFC 7541 §4.4: a name may be that of the entry which its own insertion pushes out", () => {
  const decoder = new HpackDecoder(1000);
  decode(decoder, "3f 05 4001610162"); // a table of 36 octets that holds one entry
  assert.deepEqual(decode(decoder, "7e 0163"), ["a: c"]);
  assert.deepEqual(decode(decoder, "be"), ["a: c"]);
});

test("Huffman codes are complete, of the lengths that the RFC gives, and come back as they were", () => {
  for (let octet = 0; octet < 256; octet++) {
    const text = String.fromCharCode(octet).repeat(11);
    const coded = Buffer.alloc(huffmanLength(text));
    assert.equal(huffmanEncode(text, coded, 0), coded.length);
    const decoded = Buffer.alloc(longestDecoded(coded.length));
    const length = huffmanDecode(coded, 0, coded.length, decoded);
    assert.equal(decoded.toString("latin1", 0, length), text);
  }
});
