import assert from "node:assert/strict";
import { test } from "node:test";
import type { DescField, JsonObject } from "@bufbuild/protobuf";
import { create, toBinary, toJsonString } from "@bufbuild/protobuf";
import { mostFieldBytes, mostMessageBytes, mostUnreadBytes } from "./request-size.ts";
import { contractFixture } from "./validate/testing/contract-fixture.ts";

const rules = (json: JsonObject): JsonObject => ({ options: { "[buf.validate.field]": json } }) as unknown as JsonObject;
const text = (string: JsonObject) => ({ type: "string", ...rules({ string }) });

const bounded = {
  Empty: {},
  Numbers: { fields: { a: "int32", b: "double", c: "bool", d: "uint64", moment: "google.protobuf.Timestamp", mood: "Mood" } },
  Text: { fields: { text: text({ maxLen: "100" }) } },
  Octets: { fields: { text: text({ maxBytes: "100" }) } },
  Exact: { fields: { text: text({ len: "100" }) } },
  Choice: { fields: { text: text({ in: ["a", "bc"] }) } },
  Constant: { fields: { text: text({ const: "abc" }) } },
  Id: { fields: { id: text({ uuid: true }) } },
  Data: { fields: { data: { type: "bytes", ...rules({ bytes: { maxLen: "100" } }) } } },
  List: { fields: { tags: { type: "repeated string", ...rules({ repeated: { maxItems: "3", items: { string: { maxLen: "10" } } } }) } } },
  None: { fields: { tags: { type: "repeated string", ...rules({ repeated: { maxItems: "0" } }) } } },
  Map: {
    fields: {
      map: {
        type: "map<string, Text>",
        ...rules({ map: { maxPairs: "2", keys: { string: { maxLen: "10" } } } }),
      },
    },
  },
  Nested: { fields: { one: "Text", two: "optional int32" } },
  Twice: { fields: { one: "Text", two: "Text" } },
};

const unbounded = {
  Free: { fields: { text: "string" } },
  Pattern: { fields: { text: text({ pattern: "^a*$" }) } },
  AtLeast: { fields: { text: text({ minLen: "1" }) } },
  FreeList: { fields: { numbers: "repeated int32" } },
  FreeItems: { fields: { tags: { type: "repeated string", ...rules({ repeated: { maxItems: "3" } }) } } },
  FreeMap: { fields: { map: "map<string, int32>" } },
  FreeKeys: { fields: { map: { type: "map<string, int32>", ...rules({ map: { maxPairs: "3" } }) } } },
  FreeData: { fields: { data: "bytes" } },
  Ignored: { fields: { text: { type: "string", ...rules({ ignore: "IGNORE_ALWAYS", string: { maxLen: "3" } }) } } },
  IgnoredWithin: { fields: { text: { type: "Text", ...rules({ ignore: "IGNORE_ALWAYS" }) } } },
  FreeWithin: { fields: { text: "Text", free: "Free" } },
  Itself: { fields: { self: "Itself" } },
  EachOther: { fields: { other: "Other" } },
  Other: { fields: { back: "EachOther" } },
};

const fixture = contractFixture({
  package: "size.v1",
  enums: { Mood: { MOOD_UNSPECIFIED: 0, MOOD_GOOD: 1 } },
  messages: { ...bounded, ...unbounded },
});
const sizeOf = (name: string) => mostMessageBytes(fixture.message(name));

test("a type whose every value has a longest form is bounded, whatever its kind", () => {
  for (const name of Object.keys(bounded)) {
    const size = sizeOf(name);
    assert.ok(size !== undefined && size >= mostUnreadBytes && size < mostUnreadBytes + 4096, `${name}: ${size}`);
  }
});

test("a type with one value of any length is not bounded", () => {
  for (const name of Object.keys(unbounded)) assert.equal(sizeOf(name), undefined, name);
});

/** The text with each of its characters as an escape. */
function escaped(text: string): string {
  return Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, "0")}`).join("");
}

test("the longest message that the rules let pass fits, in the worst spelling that JSON has", () => {
  const astral = "\u{10000}";
  for (const [name, value] of [
    ["Text", { text: astral.repeat(100) }],
    ["Octets", { text: "a".repeat(100) }],
    ["Octets", { text: astral.repeat(25) }],
    ["Exact", { text: astral.repeat(100) }],
    ["Choice", { text: "bc" }],
    ["Id", { id: "a".repeat(36) }],
    ["Data", { data: new Uint8Array(100).fill(255) }],
    ["List", { tags: Array(3).fill(astral.repeat(10)) }],
    ["Map", { map: { [astral.repeat(10)]: { text: astral.repeat(100) }, a: { text: astral.repeat(100) } } }],
    ["Twice", { one: { text: astral.repeat(100) }, two: { text: astral.repeat(100) } }],
    ["Numbers", { a: -(2 ** 31), b: -Number.MIN_VALUE, c: true, d: 2n ** 64n - 1n, mood: 1 }],
  ] as const) {
    const type = fixture.message(name);
    const message = create(type, value as never);
    const most = (sizeOf(name) ?? 0) - mostUnreadBytes;
    const values = JSON.parse(toJsonString(type, message));
    // Of the names only the values are escaped: who escapes those lives on the slack.
    const json = JSON.stringify(values).replace(/"([^"]*)"(:?)/g, (whole, inner: string, colon: string) =>
      colon ? whole : `"${escaped(inner)}"`,
    );
    assert.deepEqual(JSON.parse(json), values);
    assert.ok(json.length <= most, `${name}: ${json.length} of ${most}`);
    assert.ok(toBinary(type, message).length <= most, name);
  }
});

test("of a oneof only the longest member counts", () => {
  const member = (maxLen: string) => ({ ...text({ maxLen }), oneof: "side" });
  const { message } = contractFixture({
    package: "oneof.v1",
    messages: {
      Either: { fields: { aa: member("10"), bb: member("100") }, oneofs: { side: {} } },
      Alone: { fields: { bb: text({ maxLen: "100" }) } },
    },
  });
  assert.equal(mostMessageBytes(message("Either")), mostMessageBytes(message("Alone")));
});

test("a body that is one field may be bounded where the request is not", () => {
  const { fields } = fixture.message("FreeWithin");
  const [one, free] = fields as [DescField, DescField];
  assert.ok((mostFieldBytes(one) ?? 0) > mostUnreadBytes);
  assert.equal(mostFieldBytes(free), undefined);
});
