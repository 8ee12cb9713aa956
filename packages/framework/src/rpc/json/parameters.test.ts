import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { ArcanaError } from "../../error/index.ts";
import type { Fields } from "./decode.ts";
import { readersOf } from "./decode.ts";
import { fieldPathName, findFieldPath, overwriteField, parameterReader } from "./parameters.ts";
import { Problems } from "./problems.ts";
import { anyTypes, every } from "./testing/every-kind.ts";

const readers = readersOf({ types: anyTypes });

function read(parameters: Readonly<Record<string, string | readonly string[]>>): Fields {
  const message = create(every) as unknown as Fields;
  const problems = new Problems();
  for (const [name, texts] of Object.entries(parameters)) {
    const path = findFieldPath(every, name);
    assert(path, name);
    const reader = parameterReader(path, readers);
    assert(reader, name);
    reader(message, typeof texts === "string" ? [texts] : texts, problems);
  }
  problems.throwIfAny();
  return message;
}

function violationsOf(parameters: Parameters<typeof read>[0]): readonly string[] {
  try {
    read(parameters);
  } catch (error) {
    assert(error instanceof ArcanaError);
    return error.violations.map(({ field, code }) => `${field} ${code}`);
  }
  return [];
}

test("text becomes a value of the field's own type", () => {
  const message = read({
    a_string: "7",
    a_int32: "-7",
    aUint64: "18446744073709551615",
    a_double: "1e3",
    a_bool: "true",
    a_bytes: "AQ",
    wrapped_bool: "false",
    wrapped_int64: "9007199254740993",
    wkt_timestamp: "1970-01-01T00:00:01Z",
    wkt_duration: "1s",
    wkt_fieldmask: "a,b_c",
  });
  assert.equal(message.aString, "7");
  assert.equal(message.aInt32, -7);
  assert.equal(message.aUint64, 2n ** 64n - 1n);
  assert.equal(message.aDouble, 1000);
  assert.equal(message.aBool, true);
  assert.deepEqual(message.aBytes, new Uint8Array([1]));
  assert.equal(message.wrappedBool, false);
  assert.equal(message.wrappedInt64, 9007199254740993n);
  assert.equal((message.wktTimestamp as { seconds: bigint }).seconds, 1n);
  assert.equal((message.wktDuration as { seconds: bigint }).seconds, 1n);
  assert.deepEqual((message.wktFieldmask as { paths: string[] }).paths, ["a", "b_c"]);
});

test("any 32-bit number and any enum spelling is read", () => {
  fc.assert(
    fc.property(fc.integer(), (number) => {
      assert.equal(read({ a_int32: String(number) }).aInt32, number);
      assert.equal(read({ color: String(number) }).color, number);
    }),
    { seed: 17 },
  );
  for (const text of ["red", "COLOR_RED", "1"]) assert.equal(read({ color: text }).color, 1);
});

test("a repeated key is a list, and for any other field a mistake", () => {
  assert.deepEqual(read({ list_of_int32: ["1", "2"], colors: ["red", "0"], list_of_bool: "true" }).listOfInt32, [1, 2]);
  assert.deepEqual(violationsOf({ a_int32: ["1", "2"] }), ["a_int32 duplicate_field"]);
  assert.deepEqual(violationsOf({ list_of_int32: ["1", "x"], list_of_bool: ["1"] }), [
    "list_of_int32[1] type.int32",
    "list_of_bool[0] type.bool",
  ]);
});

test("dots lead into messages, which are made once", () => {
  const message = read({ "child.child.a_string": "x", "child.aBool": "true", "explicit.count": "0" });
  const child = message.child as Fields;
  assert.equal((child.child as Fields).aString, "x");
  assert.equal(child.aBool, true);
  assert.equal(Object.hasOwn(message.explicit as object, "count"), true);
  assert.deepEqual(violationsOf({ "child.child.a_int32": "x" }), ["child.child.a_int32 type.int32"]);
});

test("one member of a oneof excludes the others, also from within", () => {
  assert.deepEqual(read({ "chosen_child.a_string": "x", "chosen_child.a_bool": "true" }).choice, {
    case: "chosenChild",
    value: create(every, { aString: "x", aBool: true } as Record<string, unknown>),
  });
  assert.deepEqual(violationsOf({ chosen_string: "x", "chosen_child.a_string": "y" }), ["chosen_child.a_string oneof"]);
});

test("a parameter that has the last word replaces what was set", () => {
  const message = read({ chosen_string: "body", a_string: "body" });
  const problems = new Problems();
  for (const name of ["chosen_int64", "a_string"]) {
    const path = findFieldPath(every, name);
    assert(path);
    parameterReader(path, readers, overwriteField)?.(message, ["5"], problems);
  }
  problems.throwIfAny();
  assert.deepEqual(message.choice, { case: "chosenInt64", value: 5n });
  assert.equal(message.aString, "5");
});

test("fields whose values strings cannot say have no reader, and unknown ones no path", () => {
  for (const name of ["child", "children", "string_map", "wkt_struct", "wkt_any", "wkt_value"]) {
    const path = findFieldPath(every, name);
    assert(path);
    assert.equal(parameterReader(path, readers), undefined, name);
  }
  for (const name of ["", ".", "nope", "a_string.x", "child.", "children.a_string", "string_map.a", "__proto__"]) {
    assert.equal(findFieldPath(every, name), undefined, name);
  }
  const path = findFieldPath(every, "child.aString");
  assert.equal(path && fieldPathName(path), "child.a_string");
});
