/** The frame parser: wherever the chunks are cut the events are the same, and no bytes at all make it loop or throw anything but a ConnectionError. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ConnectionError, ErrorCode } from "./error-code.ts";
import { CLIENT_PREFACE, FrameFlag, FrameType } from "./frame.ts";
import { FrameReader, type FrameSink } from "./frame-reader.ts";
import { data, frame, settings } from "./testing/raw-frames.ts";

const seed = 9113;
const limits = { maxFrameBytes: 16_384, maxHeaderBlockBytes: 1000, maxContinuations: 4 };

/** Writes down what it hears; pieces of one DATA frame as one. */
class Events implements FrameSink {
  readonly lines: string[] = [];
  #piece = "";

  onDataFrame(...args: readonly unknown[]): void {
    this.lines.push(`data ${args.join(" ")}`);
    this.#piece = "";
  }
  onDataPiece(chunk: Buffer, start: number, end: number, last: boolean): void {
    this.#piece += chunk.toString("hex", start, end);
    if (last) this.lines.push(`content ${this.#piece}`);
  }
  onHeaderBlock(streamId: number, bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.lines.push(`block ${streamId} ${bytes.toString("hex", start, end)} ${endStream}`);
  }
  onPriority(streamId: number): void {
    this.lines.push(`priority ${streamId}`);
  }
  onRstStream(...args: readonly number[]): void {
    this.lines.push(`rst ${args.join(" ")}`);
  }
  onSettings(bytes: Buffer, start: number, end: number): void {
    this.lines.push(`settings ${bytes.toString("hex", start, end)}`);
  }
  onSettingsAck(): void {
    this.lines.push("settings ack");
  }
  onPing(bytes: Buffer, start: number): void {
    this.lines.push(`ping ${bytes.toString("hex", start, start + 8)}`);
  }
  onPingAck(bytes: Buffer, start: number): void {
    this.lines.push(`ping ack ${bytes.toString("hex", start, start + 8)}`);
  }
  onGoawayFrame(...args: readonly unknown[]): void {
    this.lines.push(`goaway ${args.join(" ")}`);
  }
  onWindowUpdate(...args: readonly number[]): void {
    this.lines.push(`window ${args.join(" ")}`);
  }
  onStreamFault(...args: readonly number[]): void {
    this.lines.push(`fault ${args.join(" ")}`);
  }
}

/** What comes of the bytes, cut where it is said; the last line is the error, if there is one. */
function read(bytes: Buffer, cuts: readonly number[] = []): string[] {
  const events = new Events();
  const reader = new FrameReader(events, limits, true);
  const bounds = [0, ...[...cuts].sort((one, other) => one - other), bytes.length];
  try {
    for (const [index, start] of bounds.entries()) {
      // A copy each, so that nothing is seen that is not in the chunk, and none may be kept.
      const chunk = Buffer.from(bytes.subarray(start, bounds[index + 1] ?? bytes.length));
      reader.read(chunk);
      chunk.fill(0xee);
    }
  } catch (error) {
    assert.ok(error instanceof ConnectionError, String(error));
    events.lines.push(String(error));
  }
  return events.lines;
}

const payloads = fc.uint8Array({ maxLength: 40 });
const streamIds = fc.integer({ min: 0, max: 5 });
const anyFrame: fc.Arbitrary<Buffer> = fc
  .record({ type: fc.integer({ min: 0, max: 11 }), flags: fc.integer({ min: 0, max: 255 }), streamId: streamIds, payload: payloads })
  .map(({ type, flags, streamId, payload }) => frame(type, flags, streamId, payload));
const goodFrame: fc.Arbitrary<Buffer> = fc.oneof(
  fc.tuple(streamIds, payloads).map(([id, payload]) => data(id + 1, payload)),
  payloads.map((payload) => data(1, Buffer.concat([Buffer.from([3]), payload, Buffer.alloc(3)]), FrameFlag.PADDED | FrameFlag.END_STREAM)),
  payloads.map((payload) => frame(FrameType.HEADERS, FrameFlag.END_HEADERS, 1, payload)),
  fc
    .tuple(payloads, payloads, payloads)
    .map(([one, two, three]) =>
      Buffer.concat([
        frame(FrameType.HEADERS, FrameFlag.END_STREAM, 3, one),
        frame(FrameType.CONTINUATION, 0, 3, two),
        frame(FrameType.CONTINUATION, FrameFlag.END_HEADERS, 3, three),
      ]),
    ),
  fc.constant(frame(FrameType.PING, 0, 0, Buffer.from("12345678"))),
  fc.constant(frame(FrameType.RST_STREAM, 0, 1, Buffer.from([0, 0, 0, 8]))),
  fc.constant(frame(FrameType.GOAWAY, 0, 0, Buffer.from([0, 0, 0, 1, 0, 0, 0, 2, 0x61, 0x62]))),
  fc.constant(frame(FrameType.WINDOW_UPDATE, 0, 0, Buffer.from([0x80, 0, 0, 9]))),
  fc.constant(settings(3, 100, 4, 1000)),
  payloads.map((payload) => frame(0x42, 0xff, 7, payload)),
);

const start = Buffer.concat([CLIENT_PREFACE, settings()]);

function streamOf(frames: fc.Arbitrary<Buffer>): fc.Arbitrary<{ bytes: Buffer; cuts: number[] }> {
  return fc.array(frames, { maxLength: 12 }).chain((list) => {
    const bytes = Buffer.concat([start, ...list]);
    return fc.record({ bytes: fc.constant(bytes), cuts: fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 30 }) });
  });
}

test("chunks may be cut anywhere: right frames give the same events", () => {
  fc.assert(
    fc.property(streamOf(goodFrame), ({ bytes, cuts }) => {
      const whole = read(bytes);
      assert.ok(!whole.some((line) => line.startsWith("ConnectionError")), whole.at(-1) ?? "");
      assert.deepEqual(read(bytes, cuts), whole);
    }),
    { seed, numRuns: 500 },
  );
});

test("chunks may be cut anywhere: any frames give the same events and the same error", () => {
  fc.assert(
    fc.property(streamOf(fc.oneof(anyFrame, goodFrame)), ({ bytes, cuts }) => {
      assert.deepEqual(read(bytes, cuts), read(bytes));
    }),
    { seed, numRuns: 2000 },
  );
});

test("chunks of one octet give the same events", () => {
  const bytes = Buffer.concat([start, ...fc.sample(goodFrame, { seed, numRuns: 60 })]);
  assert.deepEqual(
    read(
      bytes,
      Array.from(bytes, (_, index) => index),
    ),
    read(bytes),
  );
});

test("random bytes give frames or a ConnectionError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 5 }), (bytes, cuts) => {
      const all = Buffer.concat([start, bytes]);
      read(
        all,
        cuts.map((cut) => Math.min(cut, all.length)),
      );
    }),
    { seed, numRuns: 3000 },
  );
});

test("a header block beyond the limit, or of too many pieces, ends the connection before it is put together", () => {
  const begin = frame(FrameType.HEADERS, 0, 1, Buffer.alloc(400));
  const goOn = (bytes: number) => frame(FrameType.CONTINUATION, 0, 1, Buffer.alloc(bytes));
  const calm = "ConnectionError: ENHANCE_YOUR_CALM";
  assert.equal(read(Buffer.concat([start, begin, goOn(601)])).at(-1), `${calm}: a header block beyond the limit`);
  assert.equal(read(Buffer.concat([start, begin, goOn(0), goOn(0), goOn(0), goOn(0)])).at(-1), `${calm}: too many CONTINUATION frames`);
  assert.equal(
    read(Buffer.concat([start, frame(FrameType.HEADERS, FrameFlag.END_HEADERS, 1, Buffer.alloc(1001))])).at(-1),
    `${calm}: a header block beyond the limit`,
  );
});

test("a frame's length is refused before its payload has come", () => {
  const bytes = Buffer.concat([start, frame(FrameType.SETTINGS, 0, 0, Buffer.alloc(0), 16_390)]);
  assert.match(read(bytes).at(-1) ?? "", /FRAME_SIZE_ERROR/);
  const ping = Buffer.concat([start, frame(FrameType.PING, 0, 0, Buffer.alloc(0), 9)]);
  assert.match(read(ping).at(-1) ?? "", /FRAME_SIZE_ERROR/);
});

test("it says as long as the rest of a frame or block is owed, but not for DATA", () => {
  const reader = new FrameReader(new Events(), limits, true);
  reader.read(start);
  assert.equal(reader.unfinished, 0);
  reader.read(frame(FrameType.PING, 0, 0, Buffer.alloc(3), 8));
  const owed = reader.unfinished;
  assert.notEqual(owed, 0);
  reader.read(Buffer.alloc(4));
  assert.equal(reader.unfinished, owed);
  reader.read(Buffer.alloc(1));
  assert.equal(reader.unfinished, 0);
  reader.read(frame(FrameType.HEADERS, 0, 1, Buffer.alloc(3)));
  assert.notEqual(reader.unfinished, 0);
  reader.read(frame(FrameType.CONTINUATION, FrameFlag.END_HEADERS, 1));
  assert.equal(reader.unfinished, 0);
  reader.read(frame(FrameType.DATA, 0, 1, Buffer.alloc(3), 10));
  assert.equal(reader.unfinished, 0);
  reader.read(Buffer.alloc(7 + 2));
  assert.notEqual(reader.unfinished, 0);
});

test("it reads nothing more once it was stopped, not even the rest of the chunk", () => {
  const events = new Events();
  const reader = new FrameReader(events, limits, true);
  reader.read(start);
  events.onPing = () => {
    events.lines.push("stop");
    reader.stop();
  };
  const ping = frame(FrameType.PING, 0, 0, Buffer.alloc(8));
  reader.read(Buffer.concat([ping, ping]));
  reader.read(ping);
  assert.deepEqual(events.lines.slice(1), ["stop"]);
});

test("errors name their code", () => {
  assert.match(String(new ConnectionError(ErrorCode.PROTOCOL_ERROR, "why")), /^ConnectionError: PROTOCOL_ERROR: why$/);
  assert.match(String(new ConnectionError(0xff, "why")), /0xff: why/);
});
