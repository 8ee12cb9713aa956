/** RFC 9113's requirements on what a client receives and sends: each case names its section. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { duplexPair } from "node:stream";
import { test } from "node:test";
import { openConnection } from "./client-connection.ts";
import { ErrorCode } from "./error-code.ts";
import { CLIENT_PREFACE, FrameFlag, FrameType } from "./frame.ts";
import type { ClientConnection, Stream } from "./handler.ts";
import { encodeStateless } from "./hpack/encoder.ts";
import { Setting } from "./settings.ts";
import {
  data,
  frame,
  goaway,
  headers,
  parseFrames,
  ping,
  rawBlock,
  requestList,
  rstStream,
  settings,
  uint32,
  windowUpdate,
} from "./testing/raw-frames.ts";
import { RawPeer } from "./testing/raw-peer.ts";
import { Recorder } from "./testing/recorder.ts";

const { PROTOCOL_ERROR, STREAM_CLOSED, FLOW_CONTROL_ERROR, REFUSED_STREAM, CANCEL } = ErrorCode;
const { END_STREAM, END_HEADERS } = FrameFlag;

const fixed = requestList();

interface Started {
  readonly peer: RawPeer;
  readonly recorder: Recorder;
  readonly connection: ClientConnection;
}

function start(): Started {
  const { peer, socket } = RawPeer.pair(CLIENT_PREFACE.length);
  const recorder = new Recorder();
  return { peer, recorder, connection: openConnection(socket, recorder) };
}

function open({ connection, recorder }: Started, endStream = true): Stream {
  const stream = connection.openStream(fixed, [], endStream, recorder);
  assert.ok(stream);
  return stream;
}

function head(streamId: number, status: string, flags: number = END_HEADERS): Buffer {
  return headers(streamId, flags, encodeStateless([":status", status]));
}

function trailers(streamId: number): Buffer {
  return headers(streamId, END_STREAM | END_HEADERS, encodeStateless(["grpc-status", "0"]));
}

type Outcome = { readonly connection: number } | { readonly stream: number } | "fine";

/** What a server sends to a client that has one request, stream 1, on the way; SETTINGS have been exchanged unless `raw`. */
const cases: readonly { section: string; says: string; send: readonly Buffer[]; outcome: Outcome; raw?: boolean }[] = [
  { section: "3.4", says: "a server begins with SETTINGS", raw: true, send: [ping("first")], outcome: { connection: PROTOCOL_ERROR } },
  {
    section: "5.1",
    says: "an answer: head, data, trailers",
    send: [head(1, "200"), data(1, Buffer.from("x")), trailers(1)],
    outcome: "fine",
  },
  { section: "5.1", says: "DATA on an idle stream", send: [data(3)], outcome: { connection: PROTOCOL_ERROR } },
  { section: "5.1", says: "HEADERS on an idle stream", send: [head(3, "200")], outcome: { connection: PROTOCOL_ERROR } },
  { section: "5.1.1", says: "a server opens no stream of its own accord", send: [head(2, "200")], outcome: { connection: PROTOCOL_ERROR } },
  {
    section: "5.1",
    says: "DATA after the answer has ended",
    send: [head(1, "200", END_HEADERS | END_STREAM), data(1)],
    outcome: { connection: STREAM_CLOSED },
  },
  {
    section: "5.1",
    says: "HEADERS after the answer has ended",
    send: [head(1, "200"), trailers(1), trailers(1)],
    outcome: { connection: STREAM_CLOSED },
  },
  { section: "5.1", says: "DATA after RST_STREAM", send: [rstStream(1, CANCEL), data(1)], outcome: { connection: STREAM_CLOSED } },
  {
    section: "6.5.2",
    says: "a server must not allow push",
    send: [settings(Setting.ENABLE_PUSH, 1)],
    outcome: { connection: PROTOCOL_ERROR },
  },
  { section: "6.5.2", says: "a server may say that push is off", send: [settings(Setting.ENABLE_PUSH, 0)], outcome: "fine" },
  {
    section: "6.6",
    says: "PUSH_PROMISE when push is off",
    send: [frame(FrameType.PUSH_PROMISE, END_HEADERS, 1, uint32(2))],
    outcome: { connection: PROTOCOL_ERROR },
  },
  { section: "6.9", says: "WINDOW_UPDATE of 0", send: [windowUpdate(1, 0)], outcome: { stream: PROTOCOL_ERROR } },
  { section: "6.9.1", says: "a window above 2^31-1", send: [windowUpdate(1, 0x7fff_ffff)], outcome: { stream: FLOW_CONTROL_ERROR } },
  { section: "8.1", says: "DATA before the head", send: [data(1, Buffer.from("x"))], outcome: { stream: PROTOCOL_ERROR } },
  {
    section: "8.1",
    says: "informational heads come before the answer's",
    send: [head(1, "103"), head(1, "100"), head(1, "200"), trailers(1)],
    outcome: "fine",
  },
  {
    section: "8.1",
    says: "an informational head ends no answer",
    send: [head(1, "103", END_STREAM | END_HEADERS)],
    outcome: { stream: PROTOCOL_ERROR },
  },
  { section: "8.1", says: "trailers without END_STREAM", send: [head(1, "200"), head(1, "200")], outcome: { stream: PROTOCOL_ERROR } },
  {
    section: "8.3",
    says: "a pseudo-header in trailers",
    send: [head(1, "200"), head(1, "200", END_STREAM | END_HEADERS)],
    outcome: { stream: PROTOCOL_ERROR },
  },
  { section: "8.3.2", says: "no :status", send: [headers(1, END_HEADERS, rawBlock(["x", "1"]))], outcome: { stream: PROTOCOL_ERROR } },
  {
    section: "8.3.2",
    says: "a :status that is none",
    send: [headers(1, END_HEADERS, rawBlock([":status", "20"]))],
    outcome: { stream: PROTOCOL_ERROR },
  },
  {
    section: "8.3.2",
    says: "a request's pseudo-header",
    send: [headers(1, END_HEADERS, rawBlock([":status", "200", ":path", "/"]))],
    outcome: { stream: PROTOCOL_ERROR },
  },
  { section: "8.6", says: "101", send: [head(1, "101")], outcome: { stream: PROTOCOL_ERROR } },
];

for (const { section, says, send, outcome, raw = false } of cases) {
  test(`RFC 9113 §${section}: ${says}`, async () => {
    const started = start();
    const { peer, recorder } = started;
    if (!raw) peer.startAsServer();
    open(started);
    await peer.until(() => peer.of(FrameType.HEADERS, 1).length > 0, "the request");
    peer.send(...send);
    if (outcome === "fine") await peer.expectFine();
    else if ("connection" in outcome) await peer.expectConnectionError(outcome.connection);
    else await peer.expectStreamError(1, outcome.stream);
    assert.deepEqual(recorder.errors, []);
  });
}

test("RFC 9113 §3.4: a client begins with the preface and SETTINGS, and says that push is off", async () => {
  const [near, far] = duplexPair();
  openConnection(near, new Recorder());
  const [chunk] = (await once(far, "data")) as [Buffer];
  assert.deepEqual(chunk.subarray(0, CLIENT_PREFACE.length), CLIENT_PREFACE);
  const [first] = parseFrames(chunk.subarray(CLIENT_PREFACE.length)).frames;
  assert.equal(first?.type, FrameType.SETTINGS);
  assert.deepEqual(first.payload.subarray(0, 6), Buffer.from([0, Setting.ENABLE_PUSH, 0, 0, 0, 0]));
});

test("RFC 9113 §5.1.1: streams are numbered 1, 3, 5", async () => {
  const started = start();
  started.peer.startAsServer();
  assert.deepEqual([open(started).id, open(started).id, open(started).id], [1, 3, 5]);
  await started.peer.expectFine();
});

test("RFC 9113 §5.1.2: no more streams than the server allows; room is told when there is some", async () => {
  const started = start();
  const { peer, connection, recorder } = started;
  peer.startAsServer(Setting.MAX_CONCURRENT_STREAMS, 2);
  await peer.settled();
  open(started);
  open(started);
  assert.equal(connection.hasCapacity, false);
  assert.equal(connection.openStream(fixed, [], true, recorder), undefined);
  peer.send(head(1, "200", END_STREAM | END_HEADERS));
  await peer.settled();
  assert.equal(recorder.events.filter((event) => event === "capacity").length, 1);
  assert.equal(open(started).id, 5);
});

test("RFC 9113 §6.5.2: a limit of 0 streams holds new ones back until it is raised", async () => {
  const { peer, connection, recorder } = start();
  peer.startAsServer(Setting.MAX_CONCURRENT_STREAMS, 0);
  await peer.settled();
  assert.equal(connection.openStream(fixed, [], true, recorder), undefined);
  peer.send(settings(Setting.MAX_CONCURRENT_STREAMS, 1));
  await peer.settled();
  assert.deepEqual(recorder.events, ["ready", "capacity"]);
});

test("RFC 9113 §6.8: GOAWAY leaves the streams that the server has seen, and gives back those that it has not", async () => {
  const started = start();
  const { peer, connection, recorder } = started;
  peer.startAsServer();
  await peer.settled();
  open(started);
  open(started);
  peer.send(goaway(1, 0));
  await peer.settled();
  assert.deepEqual(recorder.events, ["ready", "goaway NO_ERROR", "onReset 3 REFUSED_STREAM unprocessed", "onClose 3"]);
  assert.equal(connection.state, "draining");
  assert.equal(connection.openStream(fixed, [], true, recorder), undefined);
  peer.send(head(1, "200"), trailers(1));
  await peer.until(() => recorder.closed, "the end");
  assert.deepEqual(recorder.of(1), ["onHeaders 1 200", "onTrailers 1", "onClose 1"]);
  assert.equal(recorder.closedWith, undefined);
});

test("RFC 9113 §6.8: what GOAWAY said was wrong is what the streams that end with the connection are told", async () => {
  const started = start();
  const { peer, recorder } = started;
  peer.startAsServer();
  await peer.settled();
  open(started);
  peer.send(frame(FrameType.GOAWAY, 0, 0, Buffer.concat([uint32(1, ErrorCode.ENHANCE_YOUR_CALM), Buffer.from("too_many_pings")])));
  await peer.settled();
  peer.end();
  await peer.until(() => recorder.closed, "the end");
  assert.deepEqual(recorder.events, [
    "ready",
    "goaway ENHANCE_YOUR_CALM too_many_pings",
    "onReset 1 ENHANCE_YOUR_CALM connection",
    "onClose 1",
    "closed ENHANCE_YOUR_CALM",
  ]);
  assert.match(String(recorder.closedWith), /too_many_pings/);
});

test("RFC 9113 §8.7: a refused stream can be tried again, one that was reset otherwise is told as it came", async () => {
  const started = start();
  const { peer, recorder } = started;
  peer.startAsServer();
  open(started);
  open(started);
  await peer.settled();
  peer.send(rstStream(1, REFUSED_STREAM), rstStream(3, 0x1234));
  await peer.settled();
  assert.deepEqual(recorder.of(1), ["onReset 1 REFUSED_STREAM unprocessed", "onClose 1"]);
  assert.deepEqual(recorder.of(3), ["onReset 3 0x1234 peer", "onClose 3"]);
});

test("a stream that the client has reset is over for it; what is still on its way is passed over", async () => {
  const started = start();
  const { peer, recorder } = started;
  peer.startAsServer();
  const stream = open(started, false);
  await peer.settled();
  stream.reset(CANCEL);
  peer.send(head(1, "200"), data(1, Buffer.from("x")), trailers(1));
  await peer.settled();
  assert.deepEqual(recorder.of(1), ["onClose 1"]);
  assert.equal(peer.of(FrameType.RST_STREAM, 1)[0]?.payload.readUInt32BE(0), CANCEL);
  assert.equal(peer.of(FrameType.GOAWAY).length, 0);
});

test("the fixed fields of a call are one or two octets each from the second call on, and an illegal field spoils nothing", async () => {
  const started = start();
  const { peer, connection, recorder } = started;
  peer.startAsServer();
  open(started);
  assert.throws(() => connection.openStream(fixed, ["x-ok", "1", "Bad Name", "2"], true, recorder), /"Bad Name" cannot be sent/);
  open(started);
  open(started);
  await peer.settled();
  const [first, second, third] = peer.of(FrameType.HEADERS).map(({ payload }) => payload.length);
  assert.ok(first !== undefined && first > 10);
  // The table has begun afresh, so the second says all again and the size of the table besides.
  assert.ok(second !== undefined && second > 10);
  assert.equal(third, 4);
  assert.equal(peer.of(FrameType.HEADERS, 5).length, 1);
});

test("a dead peer ends the streams: they are told that it is the connection's end", async () => {
  const started = start();
  const { peer, recorder } = started;
  peer.startAsServer();
  await peer.settled();
  open(started);
  peer.destroy(new Error("gone"));
  await peer.until(() => recorder.closed, "the end");
  assert.deepEqual(recorder.of(1), ["onReset 1 INTERNAL_ERROR connection", "onClose 1"]);
});
