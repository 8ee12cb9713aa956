/** Whatever a peer sends and whatever the layer above does meanwhile: nothing escapes the connection, and each stream is told its end once. */
import assert from "node:assert/strict";
import { duplexPair } from "node:stream";
import { test } from "node:test";
import fc from "fast-check";
import { openConnection } from "./client-connection.ts";
import { CLIENT_PREFACE, FrameFlag, FrameType } from "./frame.ts";
import type { Connection, Stream } from "./handler.ts";
import { encodeStateless } from "./hpack/encoder.ts";
import { serveConnection } from "./server-connection.ts";
import { ManualClock } from "./testing/manual-clock.ts";
import {
  data,
  frame,
  headers,
  requestBlock,
  requestList,
  rstStream,
  settings,
  settingsAck,
  uint32,
  windowUpdate,
} from "./testing/raw-frames.ts";
import { Recorder } from "./testing/recorder.ts";

const seed = 9113;
const head = encodeStateless([":status", "200"]);
const status = encodeStateless(["grpc-status", "0"]);
const sometimes = { burst: 30, perSecond: 1 };
const floodLimits = {
  ping: sometimes,
  settings: sometimes,
  emptyData: sometimes,
  priority: sometimes,
  windowUpdate: sometimes,
  reset: sometimes,
};

const streamIds = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom(1, 3, 5, 7, 9) },
  { weight: 1, arbitrary: fc.constantFrom(0, 2, 0x7fff_ffff) },
);
const payloads = fc.uint8Array({ maxLength: 60 });
const increments = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(1, 100, 65_535) },
  { weight: 1, arbitrary: fc.constantFrom(0, 0x7fff_ffff) },
);
const { END_STREAM, END_HEADERS, PADDED } = FrameFlag;
const flags = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(END_HEADERS, END_HEADERS | END_STREAM) },
  { weight: 1, arbitrary: fc.constantFrom(0, PADDED, END_STREAM, 0xff) },
);
const frames: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(streamIds, flags).map(([id, flag]) => headers(id, flag)) },
  { weight: 2, arbitrary: fc.tuple(streamIds, flags).map(([id, flag]) => headers(id, flag, head)) },
  { weight: 2, arbitrary: fc.tuple(streamIds, flags).map(([id, flag]) => headers(id, flag, status)) },
  { weight: 5, arbitrary: fc.tuple(streamIds, payloads, flags).map(([id, payload, flag]) => data(id, payload, flag)) },
  { weight: 3, arbitrary: fc.tuple(streamIds, increments).map(([id, increment]) => windowUpdate(id, increment)) },
  { weight: 2, arbitrary: fc.tuple(streamIds, fc.nat(14)).map(([id, code]) => rstStream(id, code)) },
  { weight: 1, arbitrary: fc.tuple(fc.integer({ min: 0, max: 7 }), increments).map(([id, value]) => settings(id, value)) },
  { weight: 1, arbitrary: fc.constant(settingsAck) },
  { weight: 1, arbitrary: fc.nat(10).map((last) => frame(FrameType.GOAWAY, 0, 0, uint32(last, 0))) },
  {
    weight: 1,
    arbitrary: fc.tuple(streamIds, flags, payloads).map(([id, flag, payload]) => frame(FrameType.CONTINUATION, flag, id, payload)),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({ type: fc.nat(12), flag: fc.nat(255), id: streamIds, payload: payloads })
      .map(({ type, flag, id, payload }) => frame(type, flag, id, payload)),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)) },
);

/** What the layer above does with a stream, whenever something happens on it. */
const actions: readonly ((stream: Stream, connection: () => Connection) => void)[] = [
  () => {},
  (stream) => stream.sendHeaders(head, false),
  (stream) => stream.sendHeaderList([":status", "200", "x-a", String(stream.id)], false),
  (stream) => void stream.sendData(Buffer.alloc(40_000), 0, 40_000, false),
  (stream) => void stream.sendCopy(Buffer.alloc(100), 10, 90, true),
  (stream) => stream.sendUnary(head, requestBlock, 0, requestBlock.length, status),
  (stream) => stream.sendTrailers(status),
  (stream) => stream.reset(8),
  (stream) => stream.consume(1000),
  (stream) => stream.hold(),
  (stream) => stream.release(),
  (_stream, connection) => connection().drain(),
  (_stream, connection) => connection().close(),
  () => {
    throw new Error("a handler's fault");
  },
];
// The last three end everything, so they come seldom.
const scripts = fc.array(
  fc.oneof({ weight: 12, arbitrary: fc.nat(actions.length - 4) }, { weight: 1, arbitrary: fc.nat(actions.length - 1) }),
  {
    minLength: 1,
    maxLength: 10,
  },
);

/** What holds of everything that was told. */
function checkStory(recorder: Recorder): void {
  const over = new Set<string>();
  for (const event of recorder.events) {
    const [what, id = ""] = event.split(" ");
    assert.ok(
      what === "closed" || what === "ready" || what === "goaway" || what === "capacity" || !over.has(id),
      `${event} after the end: ${recorder.events.join("; ")}`,
    );
    if (what === "onClose") over.add(id);
  }
  const opened = new Set(recorder.events.filter((event) => event.startsWith("onStream")).map((event) => event.split(" ")[1]));
  for (const id of opened) assert.ok(over.has(id ?? ""), `stream ${id} has no end: ${recorder.events.join("; ")}`);
  assert.equal(recorder.events.filter((event) => event.startsWith("closed")).length, 1);
  for (const error of recorder.errors) assert.match(String(error), /a handler's fault/);
}

/** One peer's life: the chunks arrive one a turn, then the socket ends. */
async function live(chunks: readonly Buffer[], script: readonly number[], role: "server" | "client"): Promise<void> {
  const [near, far] = duplexPair();
  const clock = new ManualClock();
  let turn = 0;
  let connection: Connection | undefined;
  const act = (stream: Stream): void => {
    const action = actions[script[turn++ % script.length] ?? 0];
    action?.(stream, () => connection as Connection);
  };
  const recorder = new Recorder({ opened: act, ended: act });
  // A stream whose `onStream` throws has no handler that could be told its end.
  const onStream = recorder.onStream.bind(recorder);
  recorder.onStream = (...args) => {
    try {
      return onStream(...args);
    } catch {
      return recorder;
    }
  };
  const options = { clock, floodLimits, maxConcurrentStreams: 3, streamWindowBytes: 100, stallTimeoutMs: 1000 };
  far.on("data", () => {});
  far.on("error", () => {});
  if (role === "server") {
    connection = serveConnection(near, recorder, options);
    far.write(Buffer.concat([CLIENT_PREFACE, settings()]));
  } else {
    const client = openConnection(near, recorder, options);
    connection = client;
    for (let count = 0; count < 3; count++) {
      const stream = client.openStream(requestList(), ["x-count", String(count)], count === 0, recorder);
      if (stream === undefined) continue;
      recorder.streams.set(stream.id, stream);
      recorder.events.push(`onStream ${stream.id}`);
    }
    far.write(settings());
  }
  for (const chunk of chunks) {
    far.write(chunk);
    await new Promise((resolve) => setImmediate(resolve));
    for (const stream of recorder.streams.values()) {
      try {
        act(stream);
      } catch (error) {
        // Thrown by the script itself, outside of any callback.
        assert.match(String(error), /a handler's fault/);
      }
    }
    clock.advance(100);
  }
  far.end();
  for (let turns = 0; turns < 50 && !recorder.closed; turns++) await new Promise((resolve) => setImmediate(resolve));
  clock.advance(5000);
  checkStory(recorder);
  assert.equal(connection.state, "closed");
  assert.equal(clock.waiting, 0);
}

for (const role of ["server", "client"] as const) {
  test(`a ${role} lives through any frames, cut anywhere, whatever its handlers do`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(frames, { maxLength: 25 }),
        fc.array(fc.nat(600), { maxLength: 6 }),
        scripts,
        async (list, cuts, script) => {
          const bytes = Buffer.concat(list);
          const bounds = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((one, other) => one - other), bytes.length];
          const chunks = bounds.slice(1).map((end, index) => bytes.subarray(bounds[index], end));
          await live(
            chunks.filter(({ length }) => length > 0),
            script,
            role,
          );
        },
      ),
      { seed, numRuns: 1000 },
    );
  });
}
