/** What a connection does beyond refusing what is wrong: answering, windows, queues, draining, pings, callbacks that throw. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConnectionOptions } from "./connection-options.ts";
import { ErrorCode } from "./error-code.ts";
import { FrameFlag, FrameType } from "./frame.ts";
import type { Connection, Stream } from "./handler.ts";
import { encodeStateless } from "./hpack/encoder.ts";
import { serveConnection } from "./server-connection.ts";
import { Setting } from "./settings.ts";
import { ManualClock } from "./testing/manual-clock.ts";
import {
  data,
  describeFrame,
  frame,
  goaway,
  headers,
  openRequest,
  requestBlock,
  rstStream,
  settings,
  settingsAck,
  windowUpdate,
} from "./testing/raw-frames.ts";
import { RawPeer } from "./testing/raw-peer.ts";
import { Recorder } from "./testing/recorder.ts";

const { END_STREAM, END_HEADERS } = FrameFlag;
const head = encodeStateless([":status", "200"]);
const status = encodeStateless(["grpc-status", "0"]);
const body = Buffer.from("hello");

interface Served {
  readonly peer: RawPeer;
  readonly recorder: Recorder;
  readonly connection: Connection;
}

function serve(recorder: Recorder, options: ConnectionOptions = {}, ...peerSettings: readonly number[]): Served {
  const { peer, socket } = RawPeer.pair();
  const connection = serveConnection(socket, recorder, options);
  peer.startAsClient(...peerSettings);
  return { peer, recorder, connection };
}

function answer(stream: Stream): void {
  stream.sendUnary(head, body, 0, body.length, status);
}

/** The stream that the recorder has heard of. */
function streamOf(recorder: Recorder, id: number): Stream {
  const stream = recorder.streams.get(id);
  assert.ok(stream, `no stream ${id}`);
  return stream;
}

test("a unary answer is head, data and trailers, and then the stream is over", async () => {
  const { peer, recorder, connection } = serve(new Recorder({ ended: answer }));
  peer.send(openRequest(1), data(1, Buffer.from("ab")), data(1, Buffer.from("c"), END_STREAM));
  await peer.settled();
  assert.deepEqual(
    peer.frames.filter(({ streamId }) => streamId === 1).map(({ type, flags }) => [type, flags]),
    [
      [FrameType.HEADERS, END_HEADERS],
      [FrameType.DATA, 0],
      [FrameType.HEADERS, END_HEADERS | END_STREAM],
    ],
  );
  assert.equal(peer.body(1).toString(), "hello");
  assert.deepEqual(recorder.of(1), ["onStream 1 /s/m", "onData 1 2", "onData 1 1 end", "onClose 1"]);
  assert.equal(connection.streamCount, 0);
});

test("answers to all calls of one chunk leave in one write", async () => {
  const { peer, socket } = RawPeer.pair();
  const write = socket.write.bind(socket);
  const writes: number[] = [];
  socket.write = ((chunk: Buffer) => {
    writes.push(chunk.length);
    return write(chunk);
  }) as typeof socket.write;
  serveConnection(socket, new Recorder({ ended: (stream) => void Promise.resolve().then(() => answer(stream)) }));
  peer.startAsClient();
  await peer.settled();
  writes.length = 0;
  peer.send(...Array.from({ length: 20 }, (_, index) => headers(2 * index + 1)));
  await peer.until(() => peer.of(FrameType.DATA).length === 20, "twenty answers");
  assert.equal(writes.length, 1);
});

test("a stream that is answered while it opens is told that it is over all the same", async () => {
  const { peer, recorder } = serve(new Recorder({ opened: answer }));
  peer.send(headers(1));
  await peer.settled();
  assert.deepEqual(recorder.of(1), ["onStream 1 /s/m end", "onClose 1"]);
});

test("calls on a stream that is over do nothing", async () => {
  const { peer, recorder } = serve(new Recorder({ ended: answer }));
  peer.send(headers(1));
  await peer.settled();
  const stream = streamOf(recorder, 1);
  const before = peer.frames.length;
  stream.sendHeaders(head, false);
  assert.equal(stream.sendData(body, 0, 5, true), true);
  stream.sendTrailers(status);
  stream.reset(ErrorCode.CANCEL);
  stream.consume(100);
  stream.release();
  await peer.settled();
  assert.deepEqual(
    peer.frames.slice(before).map(({ type }) => type),
    [FrameType.PING],
  );
});

test("nothing is sent after the end of a stream's own side", async () => {
  const { peer, recorder } = serve(new Recorder());
  peer.send(openRequest(1));
  await peer.settled();
  answer(streamOf(recorder, 1));
  answer(streamOf(recorder, 1));
  await peer.settled();
  assert.equal(peer.of(FrameType.HEADERS, 1).length, 2);
  assert.equal(streamOf(recorder, 1).state, "half-closed (local)");
});

test("RFC 9113 §6.9: no more DATA than the stream's window allows, and the rest when it grows", async () => {
  const { peer, recorder } = serve(new Recorder({ ended: answer }), {}, Setting.INITIAL_WINDOW_SIZE, 3);
  peer.send(headers(1));
  await peer.settled();
  assert.equal(peer.body(1).toString(), "hel");
  assert.equal(peer.of(FrameType.HEADERS, 1).length, 1);
  peer.send(windowUpdate(1, 1));
  await peer.settled();
  assert.equal(peer.body(1).toString(), "hell");
  peer.send(windowUpdate(1, 1));
  await peer.settled();
  assert.equal(peer.body(1).toString(), "hello");
  assert.deepEqual(recorder.of(1).at(-1), "onClose 1");
});

test("RFC 9113 §6.9.2: a window that settings have made negative must be earned back first", async () => {
  const { peer, recorder } = serve(new Recorder(), {}, Setting.INITIAL_WINDOW_SIZE, 10);
  peer.send(headers(1));
  await peer.settled();
  const stream = streamOf(recorder, 1);
  stream.sendHeaders(head, false);
  stream.sendData(Buffer.alloc(10), 0, 10, false);
  stream.sendData(body, 0, 5, true);
  peer.send(settings(Setting.INITIAL_WINDOW_SIZE, 2));
  peer.send(windowUpdate(1, 8));
  await peer.settled();
  assert.equal(peer.body(1).length, 10);
  peer.send(settings(Setting.INITIAL_WINDOW_SIZE, 7));
  await peer.settled();
  assert.equal(peer.body(1).length, 15);
});

test("RFC 9113 §6.9: no more DATA than the connection's window allows, shared out between the streams", async () => {
  const big = Buffer.alloc(50_000, 1);
  const send = (stream: Stream) => {
    stream.sendHeaders(head, false);
    stream.sendData(big, 0, big.length, true);
  };
  const { peer } = serve(new Recorder({ ended: send }), {}, Setting.INITIAL_WINDOW_SIZE, 1_000_000);
  peer.send(headers(1), headers(3), headers(5));
  await peer.settled();
  assert.equal(peer.body(1).length + peer.body(3).length + peer.body(5).length, 65_535);
  peer.send(windowUpdate(0, 30_000));
  await peer.settled();
  const [second, third] = [peer.body(3).length, peer.body(5).length];
  assert.ok(third >= 13_616, `the third had its turn: ${third}`);
  peer.send(windowUpdate(0, 1_000_000));
  await peer.settled();
  assert.deepEqual(
    [1, 3, 5].map((id) => peer.body(id).length),
    [50_000, 50_000, 50_000],
  );
  assert.ok(second < 50_000);
});

test("RFC 9113 §4.2: DATA is cut to the peer's SETTINGS_MAX_FRAME_SIZE, whatever its length", async () => {
  const big = Buffer.alloc(60_000, 7);
  const send = (stream: Stream) => {
    stream.sendHeaders(head, false);
    stream.sendData(big, 0, big.length, true);
  };
  const { peer } = serve(new Recorder({ ended: send }));
  peer.send(headers(1));
  await peer.settled();
  assert.deepEqual(
    peer.of(FrameType.DATA).map(({ payload }) => payload.length),
    [16_384, 16_384, 16_384, 10_848],
  );
  assert.deepEqual(peer.body(1), big);
});

test("RFC 9113 §6.10: a head longer than a frame goes on in CONTINUATION", async () => {
  const long = encodeStateless([":status", "200", "x-long", "\u00ff".repeat(40_000)]);
  const { peer } = serve(new Recorder({ ended: (stream) => stream.sendHeaders(long, true) }));
  peer.send(headers(1));
  await peer.settled();
  const sent = peer.frames.filter(({ streamId }) => streamId === 1);
  assert.deepEqual(
    sent.map(({ type, flags }) => [type, flags]),
    [
      [FrameType.HEADERS, END_STREAM],
      [FrameType.CONTINUATION, 0],
      [FrameType.CONTINUATION, END_HEADERS],
    ],
  );
  assert.deepEqual(Buffer.concat(sent.map(({ payload }) => payload)), Buffer.from(long));
});

test("a stream that queues too much is asked to wait, and told when there is room", async () => {
  const { peer, recorder } = serve(new Recorder(), { streamQueueBytes: 10 }, Setting.INITIAL_WINDOW_SIZE, 0);
  peer.send(headers(1));
  await peer.settled();
  const stream = streamOf(recorder, 1);
  stream.sendHeaders(head, false);
  assert.equal(stream.sendData(body, 0, 5, false), true);
  assert.equal(stream.sendData(body, 0, 5, false), true);
  assert.equal(stream.sendData(body, 0, 5, false), false);
  assert.equal(stream.queuedBytes, 15);
  peer.send(windowUpdate(1, 9));
  await peer.settled();
  assert.ok(!recorder.events.includes("onWritable 1"));
  peer.send(windowUpdate(1, 1));
  await peer.settled();
  assert.equal(recorder.events.filter((event) => event === "onWritable 1").length, 1);
  assert.equal(stream.queuedBytes, 5);
});

test("sendCopy leaves its buffer to be used again, queued or not", async () => {
  const { peer, recorder } = serve(new Recorder(), {}, Setting.INITIAL_WINDOW_SIZE, 5);
  peer.send(headers(1));
  await peer.settled();
  const stream = streamOf(recorder, 1);
  const scratch = Buffer.from("first");
  stream.sendCopy(scratch, 0, 5, false);
  scratch.write("later");
  stream.sendCopy(scratch, 0, 5, true);
  scratch.fill(0);
  peer.send(windowUpdate(1, 5));
  await peer.settled();
  assert.equal(peer.body(1).toString(), "firstlater");
});

test("RFC 9113 §6.9: what is consumed is given back in batches, the connection's with what streams left behind", async () => {
  const recorder = new Recorder();
  recorder.consumes = false;
  const { peer } = serve(recorder, { streamWindowBytes: 65_535, connectionWindowBytes: 65_535 });
  peer.send(openRequest(1), data(1, Buffer.alloc(16_000)), data(1, Buffer.alloc(16_000)), data(1, Buffer.alloc(16_000)));
  await peer.settled();
  assert.equal(peer.of(FrameType.WINDOW_UPDATE).length, 0);
  streamOf(recorder, 1).consume(40_000);
  await peer.settled();
  assert.deepEqual(peer.of(FrameType.WINDOW_UPDATE).map(describeFrame), [
    "WINDOW_UPDATE stream 0 flags 0 00009c40",
    "WINDOW_UPDATE stream 1 flags 0 00009c40",
  ]);
  // What nobody has consumed when the stream ends is given back to the connection: 8,000 of the first stream, all of the second.
  peer.send(
    rstStream(1, ErrorCode.CANCEL),
    openRequest(3),
    data(3, Buffer.alloc(16_000)),
    data(3, Buffer.alloc(10_000)),
    rstStream(3, ErrorCode.CANCEL),
  );
  await peer.settled();
  assert.equal(peer.of(FrameType.WINDOW_UPDATE, 0)[1]?.payload.readUInt32BE(0), 34_000);
});

test("RFC 9113 §6.9.1: DATA beyond the stream's window costs the stream, beyond the connection's the connection", async () => {
  const recorder = new Recorder();
  recorder.consumes = false;
  const { peer } = serve(recorder, { streamWindowBytes: 100, connectionWindowBytes: 65_535 });
  await peer.settled();
  peer.send(openRequest(1), data(1, Buffer.alloc(100)), data(1, Buffer.alloc(1)));
  await peer.expectStreamError(1, ErrorCode.FLOW_CONTROL_ERROR);
  assert.deepEqual(recorder.of(1).slice(-2), ["onReset 1 FLOW_CONTROL_ERROR local", "onClose 1"]);

  const other = serve(recorder, { streamWindowBytes: 1_000_000, connectionWindowBytes: 65_535 });
  other.peer.send(openRequest(1), ...Array.from({ length: 5 }, () => data(1, Buffer.alloc(16_000))));
  await other.peer.expectConnectionError(ErrorCode.FLOW_CONTROL_ERROR);
});

test("RFC 9113 §6.9.3: until our smaller window is acknowledged the peer may use the window that all begin with", async () => {
  const { peer, socket } = RawPeer.pair();
  serveConnection(socket, new Recorder(), { streamWindowBytes: 10 });
  peer.send(Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), settings(), openRequest(1), data(1, Buffer.alloc(1000)));
  await peer.expectFine();
  peer.send(settingsAck, data(1, Buffer.alloc(1)));
  await peer.expectFine();
  peer.send(openRequest(3), data(3, Buffer.alloc(11)));
  await peer.expectStreamError(3, ErrorCode.FLOW_CONTROL_ERROR);
});

test("padding is given back at once", async () => {
  const { peer } = serve(new Recorder(), { streamWindowBytes: 1000 });
  await peer.settled();
  const padded = data(1, Buffer.concat([Buffer.from([255]), Buffer.alloc(255)]), FrameFlag.PADDED);
  peer.send(openRequest(1), padded, padded, padded, padded, padded, padded);
  await peer.expectFine();
  assert.ok(peer.of(FrameType.WINDOW_UPDATE, 1).length > 0);
});

test("RFC 9113 §6.5.3: SETTINGS are acknowledged, each", async () => {
  const { peer } = serve(new Recorder());
  peer.send(settings(Setting.HEADER_TABLE_SIZE, 0), settings());
  await peer.settled();
  assert.equal(peer.of(FrameType.SETTINGS).filter(({ flags }) => flags === FrameFlag.ACK).length, 3);
});

test("RFC 7541 §4.2: the first block after the peer has changed the table's size says so, whether it was encoded before or not", async () => {
  const { peer, recorder } = serve(new Recorder(), {}, Setting.HEADER_TABLE_SIZE, 100);
  peer.send(headers(1), headers(3));
  await peer.settled();
  streamOf(recorder, 1).sendHeaders(head, true);
  streamOf(recorder, 3).sendHeaderList([":status", "200"], true);
  await peer.settled();
  assert.equal(peer.of(FrameType.HEADERS, 1)[0]?.payload.toString("hex"), "3f4588");
  assert.equal(peer.of(FrameType.HEADERS, 3)[0]?.payload.toString("hex"), "88");
});

test("RFC 9113 §6.7: PING is answered with what it said; ours comes back with its time", async () => {
  const clock = new ManualClock();
  const { peer, connection } = serve(new Recorder(), { clock });
  await peer.settled();
  let roundTripMs: number | undefined = -1;
  connection.ping((ms) => {
    roundTripMs = ms;
  });
  await peer.until(() => peer.of(FrameType.PING).some(({ flags }) => flags === 0), "a PING");
  clock.advance(25);
  const [asked] = peer.of(FrameType.PING).filter(({ flags }) => flags === 0);
  peer.send(frame(FrameType.PING, FrameFlag.ACK, 0, asked?.payload));
  await peer.settled();
  assert.equal(roundTripMs, 25);
});

test("a ping that is never answered is told so when the connection ends", async () => {
  const { peer, connection } = serve(new Recorder());
  await peer.settled();
  const answers: (number | undefined)[] = [];
  connection.ping((ms) => answers.push(ms));
  connection.close();
  connection.ping((ms) => answers.push(ms));
  assert.deepEqual(answers, [undefined, undefined]);
});

test("RFC 9113 §6.8: draining says GOAWAY for all streams, then for those that are served, lets them finish, and closes", async () => {
  const { peer, recorder, connection } = serve(new Recorder({ ended: (stream) => stream.id === 3 && answer(stream) }));
  peer.send(openRequest(1));
  await peer.settled();
  connection.drain();
  await peer.until(() => peer.of(FrameType.GOAWAY).length === 1, "the first GOAWAY");
  assert.equal(peer.of(FrameType.GOAWAY)[0]?.payload.readUInt32BE(0), 0x7fff_ffff);
  // A stream that was opened before the peer read that is served.
  const [asked] = peer.of(FrameType.PING).filter(({ flags }) => flags === 0);
  peer.send(headers(3), frame(FrameType.PING, FrameFlag.ACK, 0, asked?.payload));
  await peer.until(() => peer.of(FrameType.GOAWAY).length === 2, "the second GOAWAY");
  assert.equal(peer.of(FrameType.GOAWAY)[1]?.payload.readUInt32BE(0), 3);
  assert.equal(peer.body(3).toString(), "hello");
  // One that comes later is not, and costs nothing.
  peer.send(headers(5), data(1, Buffer.alloc(0), END_STREAM));
  await peer.settled();
  assert.equal(recorder.streams.has(5), false);
  assert.equal(peer.ended, false);
  answer(streamOf(recorder, 1));
  await peer.until(() => peer.ended, "the end");
  assert.equal(recorder.closedWith, undefined);
  assert.equal(connection.state, "closed");
});

test("draining does not wait for ever for a peer that answers no PING, nor for streams beyond its grace", async () => {
  const clock = new ManualClock();
  const { peer, recorder, connection } = serve(new Recorder(), { clock });
  peer.send(openRequest(1));
  await peer.settled();
  connection.drain(5000);
  clock.advance(1000);
  await peer.until(() => peer.of(FrameType.GOAWAY).length === 2, "the second GOAWAY");
  clock.advance(3999);
  assert.equal(connection.state, "draining");
  clock.advance(1);
  assert.equal(connection.state, "closed");
  assert.deepEqual(recorder.of(1).slice(-2), ["onReset 1 NO_ERROR connection", "onClose 1"]);
});

test("closing tells the peer the code, and the streams that it is the connection", async () => {
  const { peer, recorder, connection } = serve(new Recorder());
  peer.send(openRequest(1), openRequest(3));
  await peer.settled();
  connection.close(ErrorCode.ENHANCE_YOUR_CALM, "too_many_pings");
  const { lastStreamId, debug } = await peer.expectConnectionError(ErrorCode.ENHANCE_YOUR_CALM);
  assert.deepEqual([lastStreamId, debug], [3, "too_many_pings"]);
  assert.deepEqual(recorder.events.slice(-5), [
    "onReset 1 ENHANCE_YOUR_CALM connection",
    "onClose 1",
    "onReset 3 ENHANCE_YOUR_CALM connection",
    "onClose 3",
    "closed ENHANCE_YOUR_CALM",
  ]);
});

test("a callback that throws costs its stream, and is reported", async () => {
  const failing = new Recorder({
    opened: (stream) => {
      if (stream.id === 1) throw new Error("in onStream");
    },
    ended: (stream) => {
      if (stream.id === 3) throw new Error("in onData");
      answer(stream);
    },
  });
  const { peer } = serve(failing);
  peer.send(headers(1), openRequest(3), data(3, body, END_STREAM), headers(5));
  await peer.expectStreamError(1, ErrorCode.INTERNAL_ERROR);
  await peer.expectStreamError(3, ErrorCode.INTERNAL_ERROR);
  assert.equal(peer.body(5).toString(), "hello");
  assert.deepEqual(failing.errors.map(String), ["Error: in onStream", "Error: in onData"]);
  assert.deepEqual(failing.of(3).at(-1), "onClose 3");
});

test("a held stream keeps its place among the concurrent ones after it was reset", async () => {
  const { peer, recorder, connection } = serve(new Recorder({ opened: (stream) => stream.hold() }), { maxConcurrentStreams: 2 });
  peer.send(openRequest(1), rstStream(1, ErrorCode.CANCEL), openRequest(3), rstStream(3, ErrorCode.CANCEL), openRequest(5));
  await peer.expectStreamError(5, ErrorCode.REFUSED_STREAM);
  assert.equal(connection.streamCount, 2);
  streamOf(recorder, 1).release();
  peer.send(openRequest(7));
  await peer.settled();
  assert.equal(peer.of(FrameType.RST_STREAM, 7).length, 0);
  assert.equal(recorder.streams.has(7), true);
});

test("the peer's GOAWAY is told with its reason, and a server goes on", async () => {
  const { peer, recorder, connection } = serve(new Recorder({ ended: answer }));
  peer.send(goaway(0, ErrorCode.NO_ERROR), headers(1));
  await peer.settled();
  assert.equal(peer.body(1).toString(), "hello");
  assert.ok(recorder.events.includes("goaway NO_ERROR"));
  assert.equal(connection.state, "open");
});

test("a repeated block of headers is the same object, so what was derived from it is there", async () => {
  const recorder = new Recorder({ ended: answer });
  const { peer } = serve(recorder);
  peer.send(
    headers(1),
    headers(3),
    headers(5, END_STREAM | END_HEADERS, Buffer.concat([requestBlock, Buffer.from("00017801", "hex"), Buffer.from("y")])),
  );
  await peer.settled();
  assert.equal(recorder.heads.get(1), recorder.heads.get(3));
  assert.notEqual(recorder.heads.get(5), recorder.heads.get(3));
  assert.equal(recorder.heads.get(5)?.find("x"), "y");
});

test("a socket that ends while nothing goes on is no error", async () => {
  const { peer, recorder } = serve(new Recorder());
  await peer.settled();
  peer.end();
  await peer.until(() => recorder.closed, "the end");
  assert.equal(recorder.closedWith, undefined);
});
