import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { DurationSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { findTrailerError, setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { Metadata } from "@grpc/grpc-js";
import fc from "fast-check";
import type { HeaderList } from "../http2/handler.ts";
import { headerListBytes } from "./metadata.ts";
import { decodeRichStatus, encodeRichStatus } from "./rich-status.ts";
import { errorTrailers, findStatus, okTrailers, statusError, successTrailers } from "./status.ts";

const RUN = { seed: 20_261_122, numRuns: 500 };

function fieldsOf(list: HeaderList): { name: string; value: string }[] {
  return Array.from({ length: list.length / 2 }, (_, i) => ({ name: list[2 * i] as string, value: list[2 * i + 1] as string }));
}

function blockOf(list: HeaderList): { find(name: string): string | undefined } {
  return { find: (name) => fieldsOf(list).find((field) => field.name === name)?.value };
}

function headersOf(list: HeaderList): Headers {
  return new Headers(fieldsOf(list).map(({ name, value }) => [name, value] as [string, string]));
}

function received(list: HeaderList): ConnectError {
  const status = findStatus(blockOf(list));
  assert.ok(status !== undefined);
  const error = statusError(status, fieldsOf(list));
  assert.ok(error !== undefined);
  return error;
}

const codes = fc.integer({ min: 1, max: 16 });
const messages = fc.string({ unit: "grapheme", maxLength: 60 });
const details = fc.array(
  fc.record(
    { type: fc.stringMatching(/^[a-z]{1,8}(\.[A-Za-z]{1,8}){1,2}$/), value: fc.uint8Array({ maxLength: 40 }) },
    { noNullPrototype: true },
  ),
  { maxLength: 3 },
);

function errorOf(code: Code, message: string, list: { type: string; value: Uint8Array }[]): ConnectError {
  const error = new ConnectError(message, code);
  error.details = list;
  return error;
}

describe("an error", () => {
  test("arrives with its code, message and details", () => {
    fc.assert(
      fc.property(codes, messages, details, (code, message, list) => {
        const error = received(errorTrailers(errorOf(code, message, list)));
        assert.equal(error.code, code);
        assert.equal(error.rawMessage, message);
        assert.deepEqual(error.details, list);
        assert.equal(error.isWireError, true);
      }),
      RUN,
    );
  });

  test("is read by Connect as it was sent", () => {
    fc.assert(
      fc.property(codes, messages, details, (code, message, list) => {
        const error = findTrailerError(headersOf(errorTrailers(errorOf(code, message, list))));
        assert.equal(error?.code, code);
        assert.equal(error?.rawMessage, message);
        assert.deepEqual(error?.details, list);
      }),
      RUN,
    );
  });

  test("of Connect is read as it was sent", () => {
    fc.assert(
      fc.property(codes, messages, details, (code, message, list) => {
        const headers = setTrailerStatus(new Headers(), errorOf(code, message, list));
        const error = received([...headers].flat());
        assert.equal(error.code, code);
        assert.equal(error.rawMessage, message);
        assert.deepEqual(error.details, list);
      }),
      RUN,
    );
  });

  test("has details that grpc-js finds", () => {
    const list = errorTrailers(errorOf(Code.NotFound, "no such user", [{ type: "test.Detail", value: Uint8Array.of(1, 2, 3) }]));
    const metadata = Metadata.fromHttp2Headers(Object.fromEntries(fieldsOf(list).map(({ name, value }) => [name, value])));
    const [bytes] = metadata.get("grpc-status-details-bin");
    assert.ok(bytes instanceof Buffer);
    assert.deepEqual(
      bytes,
      Buffer.from(encodeRichStatus(Code.NotFound, "no such user", [{ type: "test.Detail", value: Uint8Array.of(1, 2, 3) }])),
    );
  });

  test("may have messages as details", () => {
    const error = new ConnectError("slow down", Code.ResourceExhausted, undefined, [{ desc: DurationSchema, value: { seconds: 7n } }]);
    const arrived = received(errorTrailers(error));
    assert.deepEqual(arrived.findDetails(DurationSchema), [create(DurationSchema, { seconds: 7n })]);
    assert.deepEqual(arrived.findDetails(TimestampSchema), []);
  });

  test("takes its metadata and that of the call along, but nothing that the protocol reserves", () => {
    const error = new ConnectError("no", Code.Aborted, { "x-reason": "lost", "content-type": "text/plain", "grpc-status": "0" });
    const list = errorTrailers(error, new Headers({ "x-call": "1" }));
    assert.deepEqual(list, ["grpc-status", "10", "grpc-message", "no", "x-call", "1", "x-reason", "lost"]);
  });

  test("that came from another server does not pass that server's metadata on", () => {
    const error = new ConnectError("no", Code.Aborted, { "x-inner": "secret" });
    error.isWireError = true;
    assert.deepEqual(errorTrailers(error), ["grpc-status", "10", "grpc-message", "no"]);
  });

  test("arrives without what cannot be carried", () => {
    const error = new ConnectError("no", Code.Aborted, { "x-name": "é" });
    error.details = [{ type: "test.Detail", value: new Uint8Array(0) }];
    const arrived = received(errorTrailers(error, new Headers({ "x-bin": "!" })));
    assert.equal(arrived.rawMessage, "no");
    assert.equal(arrived.details.length, 1);
    assert.equal(arrived.metadata.get("x-name"), null);
  });

  test("without a known code is unknown", () => {
    assert.equal(errorTrailers(new ConnectError("", 99 as Code))[1], "2");
    assert.equal(errorTrailers(new ConnectError("", 0 as Code))[1], "2");
  });

  test("is cut to what the peer takes, at a character's border, so that it always arrives", () => {
    fc.assert(
      fc.property(
        codes,
        fc.string({ unit: "grapheme", maxLength: 200 }),
        details,
        fc.integer({ min: 100, max: 600 }),
        (code, message, list, maxBytes) => {
          const trailers = errorTrailers(errorOf(code, message, list), new Headers({ "x-large": "v".repeat(150) }), maxBytes);
          assert.ok(headerListBytes(trailers) <= maxBytes);
          const error = received(trailers);
          assert.equal(error.code, code);
          assert.ok(message.startsWith(error.rawMessage), error.rawMessage);
          assert.equal(findTrailerError(headersOf(trailers))?.code, code);
        },
      ),
      RUN,
    );
    const cut = errorTrailers(new ConnectError("é".repeat(9000), Code.Internal));
    assert.ok(headerListBytes(cut) <= 8192 && headerListBytes(cut) > 8180);
  });
});

describe("a status", () => {
  test("of success has no error, and one list of fields for all calls", () => {
    assert.equal(successTrailers(new Headers()), okTrailers);
    assert.deepEqual(successTrailers(new Headers({ "x-a": "1" })), ["grpc-status", "0", "x-a", "1"]);
    const status = findStatus(blockOf(okTrailers));
    assert.ok(status !== undefined);
    assert.equal(statusError(status, []), undefined);
  });

  test("is not made up where there is none", () => {
    assert.equal(findStatus(blockOf(["grpc-message", "hello"])), undefined);
  });

  test("that gRPC does not define is unknown", () => {
    for (const value of ["17", "-1", "x", "", "1.0", "1e1", " 1", "999999999999"]) {
      const status = findStatus(blockOf(["grpc-status", value]));
      assert.equal(status?.code, Code.Unknown, value);
      assert.ok(status?.message.includes(JSON.stringify(value)), status?.message);
    }
    assert.equal(findStatus(blockOf(["grpc-status", "17", "grpc-message", "text"]))?.message, "text");
  });

  test("is decided by grpc-status, and not by details that contradict it or make no sense", () => {
    const other = Buffer.from(encodeRichStatus(5, "inner", [{ type: "a.B", value: Uint8Array.of(1) }])).toString("base64");
    assert.deepEqual(findStatus(blockOf(["grpc-status", "0", "grpc-status-details-bin", other])), { code: 0, message: "", details: [] });
    const status = findStatus(blockOf(["grpc-status", "3", "grpc-status-details-bin", other]));
    assert.equal(status?.code, 3);
    assert.equal(status?.message, "inner");
    assert.deepEqual(status?.details, [{ type: "a.B", value: Uint8Array.of(1) }]);
    for (const details of ["!", "A", "/w==", "CgE", "GgUK"]) {
      assert.deepEqual(findStatus(blockOf(["grpc-status", "3", "grpc-message", "m", "grpc-status-details-bin", details])), {
        code: 3,
        message: "m",
        details: [],
      });
    }
  });

  test("is found in whatever fields without an error", () => {
    const values = fc.oneof(fc.string(), fc.base64String(), fc.integer().map(String));
    fc.assert(
      fc.property(fc.option(values), fc.option(values), fc.option(values), (code, message, rich) => {
        const list = [
          ["grpc-status", code],
          ["grpc-message", message],
          ["grpc-status-details-bin", rich],
        ].flatMap(([name, value]) => (value === null ? [] : [name, value])) as string[];
        const status = findStatus(blockOf(list));
        assert.equal(status === undefined, code === null);
        if (status !== undefined) assert.ok(status.code >= 0 && status.code <= 16);
      }),
      RUN,
    );
  });
});

describe("google.rpc.Status", () => {
  test("skips fields that it does not know", () => {
    const known = encodeRichStatus(5, "m", [{ type: "a.B", value: Uint8Array.of(9) }]);
    const bytes = Buffer.concat([Buffer.from([0x20, 0x01, 0x2a, 0x01, 0x61]), known, Buffer.from([0x31, 1, 2, 3, 4, 5, 6, 7, 8])]);
    assert.deepEqual(decodeRichStatus(bytes), { code: 5, message: "m", details: [{ type: "a.B", value: Uint8Array.of(9) }] });
  });

  test("that is cut off or random is none, or some status, and never an error", () => {
    const whole = encodeRichStatus(5, "message", [
      { type: "a.B", value: new Uint8Array(20) },
      { desc: TimestampSchema, value: { seconds: 5n } },
    ]);
    assert.equal(decodeRichStatus(whole)?.details[1]?.type, "google.protobuf.Timestamp");
    assert.deepEqual(decodeRichStatus(whole)?.details[1]?.value, toBinary(TimestampSchema, create(TimestampSchema, { seconds: 5n })));
    for (let length = 1; length < whole.length; length++) {
      const decoded = decodeRichStatus(whole.subarray(0, length));
      assert.ok(decoded === undefined || decoded.details.length < 2);
    }
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        decodeRichStatus(bytes);
      }),
      RUN,
    );
  });
});
