import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Code, ConnectError, decodeBinaryHeader, encodeBinaryHeader } from "@connectrpc/connect";
import fc from "fast-check";
import {
  appendMetadata,
  assertHeaderListBytes,
  binaryValues,
  decodeBinaryValue,
  encodeBinaryValue,
  headerListBytes,
  isReserved,
  ReceivedMetadata,
  toHeaders,
} from "./metadata.ts";

const RUN = { seed: 20_261_122, numRuns: 500 };

function append(headers: Headers): string[] {
  const list: string[] = [];
  appendMetadata(list, headers);
  return list;
}

const isCode = (code: Code) => (error: unknown) => error instanceof ConnectError && error.code === code;

describe("metadata that is sent", () => {
  test("keeps its names in lower case and its values", () => {
    assert.deepEqual(append(new Headers({ "X-Request-Id": "7", accept: "*/*" })), ["accept", "*/*", "x-request-id", "7"]);
  });

  test("leaves out what belongs to the protocols", () => {
    const names = [
      "grpc-status",
      "grpc-timeout",
      "grpc-anything",
      "content-type",
      "te",
      "user-agent",
      "connection",
      "transfer-encoding",
      "host",
      "content-length",
    ];
    assert.deepEqual(append(new Headers(names.map((name) => [name, "x"] as [string, string]))), []);
    assert.ok(isReserved(":path"));
    assert.ok(!isReserved("authorization"));
  });

  test("has a field for each value of a -bin key, without padding", () => {
    const headers = new Headers();
    headers.append("x-bin", "YQ==");
    headers.append("x-bin", "YWI");
    headers.append("y-bin", encodeBinaryHeader(Uint8Array.of(255)));
    assert.deepEqual(append(headers), ["x-bin", "YQ", "x-bin", "YWI", "y-bin", "/w"]);
  });

  test("may have an empty value", () => {
    assert.deepEqual(append(new Headers({ "x-a": "", "x-bin": "" })), ["x-a", "", "x-bin", ""]);
  });

  test("that gRPC cannot carry is refused, and says which", () => {
    for (const [name, value] of [
      ["x-text", "é"],
      ["x-text", "a\tb"],
      ["x-text-bin", "not base64!"],
      ["x-text-bin", "A"],
      ["x-text-bin", "AA=A"],
      ["x-text-bin", "YQ==="],
      ["x-text-bin", "-_-_"],
    ] as const) {
      assert.throws(
        () => append(new Headers({ [name]: value })),
        (error) => error instanceof ConnectError && error.code === Code.Internal && error.message.includes(name),
        value,
      );
    }
  });

  test("of any kind is carried or refused by a ConnectError", () => {
    const names = fc.stringMatching(/^[a-z0-9._-]{1,12}(-bin)?$/);
    const values = fc.oneof(fc.string(), fc.base64String(), fc.string({ unit: "binary" }));
    fc.assert(
      fc.property(fc.array(fc.tuple(names, values), { maxLength: 4 }), (entries) => {
        const headers = new Headers();
        for (const [name, value] of entries) {
          try {
            headers.append(name, value);
          } catch {
            // What `Headers` does not take never comes to us.
          }
        }
        try {
          const list = append(headers);
          assert.equal(list.length % 2, 0);
          assert.ok(list.every((text) => /^[ -~]*$/.test(text)));
        } catch (error) {
          assert.ok(isCode(Code.Internal)(error));
        }
      }),
      { ...RUN, numRuns: 150 },
    );
  });
});

describe("binary values", () => {
  test("are read as they were written, padded or not, by us and by Connect", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const value = encodeBinaryValue(bytes);
        assert.ok(!value.includes("="));
        assert.deepEqual(decodeBinaryValue(value), bytes);
        assert.deepEqual(decodeBinaryValue(Buffer.from(bytes).toString("base64")), bytes);
        assert.deepEqual(decodeBinaryHeader(value), bytes);
        assert.equal(encodeBinaryHeader(bytes), value);
      }),
      RUN,
    );
  });

  test("are read from fields of their own and from joined ones", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1 }), { minLength: 1 }), fc.constantFrom(",", ", ", " , "), (values, separator) => {
        const fields = values.map((bytes) => ({ name: "x-bin", value: encodeBinaryValue(bytes) }));
        assert.deepEqual(binaryValues(toHeaders(fields), "x-bin"), values);
        assert.deepEqual(binaryValues(new Headers({ "x-bin": fields.map(({ value }) => value).join(separator) }), "x-bin"), values);
      }),
      RUN,
    );
    assert.deepEqual(binaryValues(new Headers(), "x-bin"), []);
  });

  test("that are no base64 are refused", () => {
    assert.throws(() => binaryValues(new Headers({ "x-bin": "YQ, !" }), "x-bin"), isCode(Code.InvalidArgument));
    fc.assert(
      fc.property(fc.string(), (value) => {
        const bytes = decodeBinaryValue(value);
        if (bytes !== undefined) assert.equal(encodeBinaryValue(bytes).length, value.replace(/=+$/, "").length);
      }),
      RUN,
    );
  });
});

describe("metadata that was received", () => {
  test("becomes headers when asked for, once", () => {
    const metadata = new ReceivedMetadata([
      { name: "x-a", value: "1" },
      { name: "x-a", value: "2" },
      { name: "grpc-timeout", value: "1S" },
    ]);
    assert.equal(metadata.find("x-a"), "1");
    assert.equal(metadata.find("x-b"), undefined);
    assert.equal(metadata.headers.get("x-a"), "1, 2");
    assert.equal(metadata.headers.get("grpc-timeout"), "1S");
    assert.equal(metadata.headers, metadata.headers);
  });

  test("survives the way out and in", () => {
    const names = fc.stringMatching(/^x-[a-z]{1,8}$/);
    const values = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
    fc.assert(
      fc.property(fc.dictionary(names, values), (entries) => {
        const headers = new Headers(entries);
        const list = append(headers);
        const fields = Array.from({ length: list.length / 2 }, (_, i) => ({
          name: list[2 * i] as string,
          value: list[2 * i + 1] as string,
        }));
        assert.deepEqual([...new ReceivedMetadata(fields).headers], [...headers]);
      }),
      RUN,
    );
  });

  test("with a field that no header may be is refused by a ConnectError", () => {
    for (const field of [
      { name: ":path", value: "/" },
      { name: "x", value: "a\nb" },
      { name: "x", value: "€" },
    ]) {
      assert.throws(() => toHeaders([field]), isCode(Code.Internal));
    }
  });
});

describe("the size of a list", () => {
  test("counts 32 bytes for each field besides its text: RFC 9113 §6.5.2", () => {
    assert.equal(headerListBytes([]), 0);
    assert.equal(headerListBytes([":status", "200", "a", ""]), 7 + 3 + 32 + 1 + 32);
  });

  test("over the peer's limit is refused", () => {
    const list = ["x", "y".repeat(67)];
    assertHeaderListBytes(list, 100);
    assert.throws(() => assertHeaderListBytes(list, 99), isCode(Code.ResourceExhausted));
  });
});
