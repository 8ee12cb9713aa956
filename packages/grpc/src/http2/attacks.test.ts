/** What a hostile peer does, and what becomes of it: RFC 9113 §10.5 and the CVEs of HTTP/2. A second client is served all the while. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConnectionOptions } from "./connection-options.ts";
import { ErrorCode } from "./error-code.ts";
import { CLIENT_PREFACE, FrameFlag, FrameType } from "./frame.ts";
import type { Stream } from "./handler.ts";
import { encodeStateless } from "./hpack/encoder.ts";
import { serveConnection } from "./server-connection.ts";
import { Setting } from "./settings.ts";
import { ManualClock } from "./testing/manual-clock.ts";
import {
  data,
  frame,
  headers,
  openRequest,
  ping,
  rawBlock,
  requestBlock,
  requestList,
  rstStream,
  settings,
  settingsAck,
  windowUpdate,
} from "./testing/raw-frames.ts";
import { RawPeer } from "./testing/raw-peer.ts";
import { Recorder } from "./testing/recorder.ts";

const { END_STREAM, END_HEADERS } = FrameFlag;
const { ENHANCE_YOUR_CALM, CANCEL, SETTINGS_TIMEOUT, PROTOCOL_ERROR } = ErrorCode;
const head = encodeStateless([":status", "200"]);
const status = encodeStateless(["grpc-status", "0"]);
const body = Buffer.from("hello");
const limits = {
  floodLimits: Object.fromEntries(
    ["ping", "settings", "emptyData", "priority", "windowUpdate", "reset"].map((name) => [name, { burst: 50, perSecond: 10 }]),
  ),
};

function answer(stream: Stream): void {
  stream.sendUnary(head, body, 0, body.length, status);
}

function repeat(count: number, make: (index: number) => Uint8Array): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

interface Attacked {
  readonly peer: RawPeer;
  readonly recorder: Recorder;
  readonly clock: ManualClock;
  /** A call of another client gets its answer. */
  victimIsServed(): Promise<void>;
}

/** A server with an attacker, who is through with the handshake unless `raw`, and a victim. */
async function attacked(options: ConnectionOptions = limits, recorder = new Recorder({ ended: answer }), raw = false): Promise<Attacked> {
  const clock = new ManualClock();
  const { peer, socket } = RawPeer.pair();
  serveConnection(socket, recorder, { clock, ...options });
  if (!raw) {
    peer.startAsClient();
    await peer.settled();
  }
  const victim = RawPeer.pair();
  serveConnection(victim.socket, new Recorder({ ended: answer }));
  victim.peer.startAsClient();
  let nextId = 1;
  const victimIsServed = async (): Promise<void> => {
    const id = nextId;
    nextId += 2;
    victim.peer.send(headers(id));
    await victim.peer.settled();
    assert.equal(victim.peer.body(id).toString(), "hello");
  };
  return { peer, recorder, clock, victimIsServed };
}

const floods: readonly { readonly of: string; readonly frames: (index: number) => Uint8Array; readonly first?: Uint8Array }[] = [
  { of: "PING (CVE-2019-9512)", frames: () => ping("flood") },
  { of: "answers to no PING", frames: () => frame(FrameType.PING, FrameFlag.ACK, 0, Buffer.alloc(8)) },
  { of: "SETTINGS (CVE-2019-9515)", frames: () => settings(Setting.HEADER_TABLE_SIZE, 4096) },
  { of: "acknowledgements of no SETTINGS", frames: () => settingsAck },
  { of: "GOAWAY", frames: () => frame(FrameType.GOAWAY, 0, 0, Buffer.alloc(8)) },
  { of: "empty DATA (CVE-2019-9518)", first: openRequest(1), frames: () => data(1) },
  { of: "DATA that is all padding", first: openRequest(1), frames: () => data(1, Buffer.from([0]), FrameFlag.PADDED) },
  { of: "PRIORITY (CVE-2019-9513)", frames: (index) => frame(FrameType.PRIORITY, 0, 2 * index + 1, Buffer.alloc(5)) },
  { of: "WINDOW_UPDATE", first: openRequest(1), frames: (index) => windowUpdate(index % 2, 1) },
  {
    of: "streams opened and reset (CVE-2023-44487)",
    frames: (index) => Buffer.concat([openRequest(2 * index + 1), rstStream(2 * index + 1, CANCEL)]),
  },
  {
    of: "RST_STREAM on a stream that is over",
    first: Buffer.concat([openRequest(1), rstStream(1, CANCEL)]),
    frames: () => rstStream(1, CANCEL),
  },
  {
    of: "streams that we are made to reset by WINDOW_UPDATE of 0 (CVE-2025-8671)",
    frames: (index) => Buffer.concat([openRequest(2 * index + 1), windowUpdate(2 * index + 1, 0)]),
  },
  {
    of: "streams that we are made to reset by a window's overflow (CVE-2025-8671)",
    frames: (index) => Buffer.concat([openRequest(2 * index + 1), windowUpdate(2 * index + 1, 0x7fff_ffff)]),
  },
  {
    of: "streams that we are made to reset by PRIORITY of a wrong length (CVE-2025-8671)",
    frames: (index) => Buffer.concat([openRequest(2 * index + 1), frame(FrameType.PRIORITY, 0, 2 * index + 1, Buffer.alloc(4))]),
  },
  {
    of: "streams that we are made to reset by DATA after their end (CVE-2025-8671)",
    frames: (index) => Buffer.concat([headers(2 * index + 1), data(2 * index + 1)]),
  },
  {
    of: "malformed requests",
    frames: (index) => headers(2 * index + 1, END_STREAM | END_HEADERS, rawBlock(["Upper", "x"])),
  },
];

for (const { of, frames, first } of floods) {
  test(`a flood of ${of} ends the connection with ENHANCE_YOUR_CALM`, async () => {
    const { peer, victimIsServed } = await attacked(limits, new Recorder());
    if (first !== undefined) peer.send(first);
    peer.send(...repeat(200, frames));
    await victimIsServed();
    await peer.expectConnectionError(ENHANCE_YOUR_CALM);
  });

  test(`${of}: a little, and again after some time, is no flood`, async () => {
    const { peer, clock } = await attacked(limits, new Recorder());
    if (first !== undefined) peer.send(first);
    const all = repeat(64, frames);
    peer.send(...all.slice(0, 40));
    await peer.settled();
    // Time enough for all budgets; the frames that keep the connection alive are counted too.
    clock.advance(5000);
    peer.send(...all.slice(40));
    await peer.settled();
    assert.equal(peer.of(FrameType.GOAWAY).length, 0);
  });
}

test("cancelling as many calls as are let finish is no attack", async () => {
  const { peer } = await attacked();
  for (let round = 0; round < 20; round++) {
    const id = 200 * round + 1;
    const finished = repeat(20, (index) => headers(id + 2 * index));
    const cancelled = repeat(20, (index) => Buffer.concat([openRequest(id + 100 + 2 * index), rstStream(id + 100 + 2 * index, CANCEL)]));
    peer.send(...finished, ...cancelled);
    await peer.settled();
  }
  assert.equal(peer.of(FrameType.GOAWAY).length, 0);
});

test("who reads long answers may open the window with each frame, and measure the way", async () => {
  const big = Buffer.alloc(3_000_000);
  const send = (stream: Stream) => {
    stream.sendHeaders(head, false);
    stream.sendData(big, 0, big.length, true);
  };
  const { peer } = await attacked(limits, new Recorder({ ended: send }));
  peer.send(headers(1));
  let acknowledged = 0;
  let frames = 0;
  await peer.until(() => {
    for (const { payload } of peer.of(FrameType.DATA).slice(frames)) {
      frames++;
      acknowledged += payload.length;
      peer.send(windowUpdate(0, payload.length), windowUpdate(1, payload.length), ping("bdp"));
    }
    return acknowledged === big.length;
  }, "the whole answer");
  assert.equal(peer.of(FrameType.GOAWAY).length, 0);
});

test("a header block that never ends is cut off (CVE-2024-27983 and its kin)", async () => {
  const { peer, victimIsServed } = await attacked();
  peer.send(
    frame(FrameType.HEADERS, END_STREAM, 1, requestBlock),
    ...repeat(10, () => frame(FrameType.CONTINUATION, 0, 1, Buffer.alloc(16_000))),
  );
  await victimIsServed();
  await peer.expectConnectionError(ENHANCE_YOUR_CALM);
});

test("a header list beyond the limit costs its stream, and the next request is understood", async () => {
  const { peer, recorder } = await attacked({ maxHeaderListBytes: 2000 });
  const entry = Buffer.concat([Buffer.from("4001617fe906", "hex"), Buffer.alloc(1000, 0x62)]);
  peer.send(headers(1, END_STREAM | END_HEADERS, Buffer.concat([requestBlock, entry, Buffer.alloc(100, 0xbe)])));
  await peer.expectStreamError(1, ENHANCE_YOUR_CALM);
  peer.send(headers(3, END_STREAM | END_HEADERS, Buffer.concat([requestBlock, Buffer.from([0xbe])])));
  await peer.settled();
  assert.equal(recorder.heads.get(3)?.find("a")?.length, 1000);
});

test("a peer that never sends its preface is given its time and no more", async () => {
  const { peer, clock, recorder, victimIsServed } = await attacked({ handshakeTimeoutMs: 1000 }, new Recorder(), true);
  peer.send(CLIENT_PREFACE.subarray(0, 10));
  await victimIsServed();
  clock.advance(900);
  assert.equal(recorder.closed, false);
  clock.advance(350);
  await peer.expectConnectionError(SETTINGS_TIMEOUT);
});

test("RFC 9113 §6.5.3: a peer that does not acknowledge our SETTINGS is given its time and no more", async () => {
  const { peer, clock } = await attacked({ handshakeTimeoutMs: 1000 }, new Recorder(), true);
  peer.send(CLIENT_PREFACE, settings());
  await peer.settled();
  clock.advance(1250);
  await peer.expectConnectionError(SETTINGS_TIMEOUT);
});

test("a header block sent octet by octet is given its time and no more, one that ends in time is served", async () => {
  const { peer, clock, recorder } = await attacked({ handshakeTimeoutMs: 1000 });
  const request = headers(1);
  for (const octet of request.subarray(0, -1)) {
    peer.send(Buffer.from([octet]));
    clock.advance(20);
  }
  peer.send(request.subarray(-1));
  await peer.settled();
  assert.equal(peer.body(1).toString(), "hello");
  peer.send(headers(3).subarray(0, -1));
  await peer.until(() => recorder.of(1).length > 1, "the first call");
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(1500);
  await peer.expectConnectionError(ENHANCE_YOUR_CALM);
});

test("a stream whose window is held shut is reset in time (CVE-2019-9511), one that makes progress is not", async () => {
  const clock = new ManualClock();
  const { peer, socket } = RawPeer.pair();
  const recorder = new Recorder({ ended: answer });
  serveConnection(socket, recorder, { clock, stallTimeoutMs: 1000, keepaliveIntervalMs: 0 });
  peer.startAsClient(Setting.INITIAL_WINDOW_SIZE, 1);
  peer.send(headers(1), headers(3));
  await peer.settled();
  for (let step = 0; step < 4; step++) {
    clock.advance(750);
    peer.send(windowUpdate(3, 1));
    await peer.settled();
  }
  assert.deepEqual(recorder.of(1).slice(-2), ["onReset 1 ENHANCE_YOUR_CALM local", "onClose 1"]);
  assert.equal(peer.body(3).toString(), "hello");
  assert.equal(peer.of(FrameType.GOAWAY).length, 0);
});

test("a peer that reads nothing is not written for without end: streams wait, then the connection is given up", async () => {
  const big = Buffer.alloc(20_000);
  const send = (stream: Stream) => {
    stream.sendHeaders(head, false);
    stream.sendData(big, 0, big.length, true);
  };
  const recorder = new Recorder({ ended: send });
  const clock = new ManualClock();
  const { peer, socket } = RawPeer.pair();
  serveConnection(socket, recorder, { clock, socketBufferBytes: 100_000, stallTimeoutMs: 1000, maxConcurrentStreams: 100 });
  peer.startAsClient(Setting.INITIAL_WINDOW_SIZE, 10_000_000);
  peer.send(windowUpdate(0, 100_000_000));
  await peer.settled();
  peer.pause();
  for (let call = 0; call < 200; call++) {
    peer.send(headers(2 * call + 1));
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(socket.writableLength < 250_000, `${socket.writableLength} bytes wait`);
  clock.advance(1500);
  assert.equal(recorder.closed, true);
  assert.equal(recorder.closedWith?.code, ENHANCE_YOUR_CALM);
});

test("a peer that makes us answer and reads nothing is given up when too much waits for it", async () => {
  const { peer, recorder, victimIsServed } = await attacked({
    maxWaitingControlFrames: 100,
    socketBufferBytes: 1000,
    floodLimits: { ping: { burst: 1e9, perSecond: 0 } },
  });
  peer.pause();
  for (let round = 0; round < 50 && !recorder.closed; round++) {
    peer.send(...repeat(200, () => ping("flood")));
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(recorder.closedWith?.code, ENHANCE_YOUR_CALM);
  await victimIsServed();
});

test("answers that nobody takes are bounded: new streams are refused, and a stream that adds beyond that is reset", async () => {
  const big = Buffer.alloc(10_000);
  const recorder = new Recorder({
    ended: (stream) => {
      stream.sendHeaders(head, false);
      stream.sendData(big, 0, big.length, false);
    },
  });
  const clock = new ManualClock();
  const { peer, socket } = RawPeer.pair();
  serveConnection(socket, recorder, { clock, maxQueuedBytes: 25_000 });
  peer.startAsClient(Setting.INITIAL_WINDOW_SIZE, 0);
  peer.send(headers(1), headers(3), headers(5), headers(7));
  await peer.expectStreamError(7, ErrorCode.REFUSED_STREAM);
  const first = recorder.streams.get(1);
  for (let time = 0; time < 8; time++) first?.sendData(big, 0, big.length, false);
  assert.deepEqual(recorder.of(1).slice(-2), ["onReset 1 ENHANCE_YOUR_CALM local", "onClose 1"]);
  await peer.settled();
  assert.equal(recorder.streams.get(3)?.queuedBytes, 10_000);
});

test("a peer that is gone without a word is found out by a PING", async () => {
  const clock = new ManualClock();
  const { peer, socket } = RawPeer.pair();
  const recorder = new Recorder();
  serveConnection(socket, recorder, { clock, keepaliveIntervalMs: 10_000, keepaliveTimeoutMs: 2000 });
  peer.startAsClient();
  peer.send(openRequest(1));
  await peer.settled();
  clock.advance(9000);
  assert.equal(peer.of(FrameType.PING).filter(({ flags }) => flags === 0).length, 0);
  clock.advance(2000);
  await peer.until(() => peer.of(FrameType.PING).some(({ flags }) => flags === 0), "a PING");
  // It answers once, so it lives on.
  peer.send(frame(FrameType.PING, FrameFlag.ACK, 0, peer.of(FrameType.PING).find(({ flags }) => flags === 0)?.payload));
  await peer.settled();
  clock.advance(9000);
  assert.equal(recorder.closed, false);
  clock.advance(5000);
  assert.equal(recorder.closed, true);
  assert.deepEqual(recorder.of(1).slice(-2), ["onReset 1 INTERNAL_ERROR connection", "onClose 1"]);
});

test("a connection without streams is drained after its idle time, one with streams is not", async () => {
  const clock = new ManualClock();
  const { peer, socket } = RawPeer.pair();
  const connection = serveConnection(socket, new Recorder(), { clock, idleTimeoutMs: 4000, keepaliveIntervalMs: 0 });
  peer.startAsClient();
  peer.send(openRequest(1));
  await peer.settled();
  clock.advance(10_000);
  assert.equal(connection.state, "open");
  peer.send(rstStream(1, CANCEL));
  await peer.settled();
  clock.advance(3000);
  assert.equal(connection.state, "open");
  clock.advance(1500);
  assert.equal(connection.state, "draining");
});

test("a connection that is over leaves no timer, stream or byte behind", async () => {
  const { peer, recorder, clock } = await attacked();
  peer.send(openRequest(1), frame(0x00, 0, 0));
  await peer.expectConnectionError(PROTOCOL_ERROR);
  peer.end();
  await peer.until(() => clock.waiting === 0, "the end of all timers");
  assert.deepEqual(recorder.of(1).slice(-2), ["onReset 1 PROTOCOL_ERROR connection", "onClose 1"]);
});

test("a peer that keeps its side open after our last words is cut off", async () => {
  const { peer, clock } = await attacked();
  peer.send(frame(0x00, 0, 0));
  await peer.expectConnectionError(PROTOCOL_ERROR);
  assert.equal(clock.waiting, 1);
  clock.advance(1000);
  assert.equal(clock.waiting, 0);
});

test("a request's head may be as long as the limit, in as many pieces as the limit", async () => {
  const list = [...requestList(), "x-long", "z".repeat(30_000)];
  const block = Buffer.from(encodeStateless(list));
  const { peer, recorder } = await attacked({});
  const size = Math.ceil(block.length / 16);
  const pieces = repeat(16, (index) => block.subarray(index * size, (index + 1) * size));
  peer.send(
    ...pieces.map((piece, index) =>
      frame(
        index === 0 ? FrameType.HEADERS : FrameType.CONTINUATION,
        (index === 0 ? END_STREAM : 0) | (index === 15 ? END_HEADERS : 0),
        1,
        piece,
      ),
    ),
  );
  await peer.settled();
  assert.equal(recorder.heads.get(1)?.find("x-long")?.length, 30_000);
});
