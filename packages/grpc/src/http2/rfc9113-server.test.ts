/** RFC 9113's requirements on what a server receives, section by section: each case names its own. */
import { test } from "node:test";
import { ErrorCode } from "./error-code.ts";
import { CLIENT_PREFACE, FrameFlag, FrameType } from "./frame.ts";
import { encodeStateless } from "./hpack/encoder.ts";
import { serveConnection } from "./server-connection.ts";
import { Setting } from "./settings.ts";
import {
  data,
  frame,
  goaway,
  headers,
  openRequest,
  ping,
  rawBlock,
  requestBlock,
  requestList,
  rstStream,
  settings,
  settingsAck,
  uint32,
  windowUpdate,
} from "./testing/raw-frames.ts";
import { RawPeer } from "./testing/raw-peer.ts";
import { Recorder } from "./testing/recorder.ts";

const { PROTOCOL_ERROR, FRAME_SIZE_ERROR, STREAM_CLOSED, FLOW_CONTROL_ERROR, COMPRESSION_ERROR, REFUSED_STREAM } = ErrorCode;
const { ACK, END_STREAM, END_HEADERS, PADDED, PRIORITY } = FrameFlag;

/** `connection`: it ends with the code. `stream`: stream 1 is reset with it, and the connection goes on. `fine`: neither. */
type Outcome = { readonly connection: number } | { readonly stream: number; readonly id?: number } | "fine";

interface Case {
  readonly section: string;
  readonly says: string;
  readonly send: readonly Uint8Array[];
  readonly outcome: Outcome;
  /** The handshake is part of what is sent. */
  readonly raw?: boolean;
}

const unknownType = 0x77;
const answer = encodeStateless([":status", "200"]);

/** A request with one field more than it needs, as literals. */
function withField(name: string, value: string): Buffer {
  return headers(1, END_STREAM | END_HEADERS, rawBlock([...requestList(), name, value]));
}

/** A request with other pseudo-headers. */
function withHead(changes: Readonly<Record<string, string | undefined>>): Buffer {
  return headers(1, END_STREAM | END_HEADERS, rawBlock(requestList(changes)));
}

/** A request that says how long it is, and so many bytes in two frames. */
function withLength(contentLength: string, ...sizes: readonly number[]): Buffer[] {
  const head = headers(1, END_HEADERS, rawBlock([...requestList(), "content-length", contentLength]));
  return [head, ...sizes.map((size, index) => data(1, Buffer.alloc(size), index === sizes.length - 1 ? END_STREAM : 0))];
}

/** Trailers of a request with a body. */
function withTrailers(list: readonly string[], flags: number = END_STREAM | END_HEADERS): Buffer[] {
  return [openRequest(1), data(1, Buffer.from("x")), headers(1, flags, rawBlock(list))];
}

/** Padding of so many octets, however long the payload really is. */
function padded(padding: number, ...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.from([padding]), ...parts]);
}

const cases: readonly Case[] = [
  {
    section: "3.4",
    says: "a preface that is another's is a connection error",
    raw: true,
    send: [Buffer.from("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")],
    outcome: { connection: PROTOCOL_ERROR },
  },
  {
    section: "3.4",
    says: "the preface is followed by SETTINGS",
    raw: true,
    send: [CLIENT_PREFACE, ping("first")],
    outcome: { connection: PROTOCOL_ERROR },
  },
  {
    section: "3.4",
    says: "an acknowledgement is no preface",
    raw: true,
    send: [CLIENT_PREFACE, settingsAck],
    outcome: { connection: PROTOCOL_ERROR },
  },
  { section: "3.4", says: "SETTINGS of the preface may be empty", raw: true, send: [CLIENT_PREFACE, settings()], outcome: "fine" },
  { section: "4.1", says: "unknown frame types are ignored", send: [frame(unknownType, 0xff, 0, Buffer.alloc(100))], outcome: "fine" },
  { section: "4.1", says: "unknown frame types are ignored without payload too", send: [frame(unknownType, 0, 1)], outcome: "fine" },
  { section: "4.1", says: "unknown flags are ignored", send: [frame(FrameType.PING, 0xfe, 0, Buffer.alloc(8))], outcome: "fine" },
  {
    section: "4.1",
    says: "the reserved bit is ignored",
    send: [headers(0x8000_0001), windowUpdate(0x8000_0000, 1)],
    outcome: "fine",
  },
  {
    section: "4.2",
    says: "DATA may be as long as SETTINGS_MAX_FRAME_SIZE",
    send: [openRequest(1), data(1, Buffer.alloc(16_384), END_STREAM)],
    outcome: "fine",
  },
  {
    section: "4.2",
    says: "DATA beyond SETTINGS_MAX_FRAME_SIZE",
    send: [openRequest(1), data(1, Buffer.alloc(16_385))],
    outcome: { connection: FRAME_SIZE_ERROR },
  },
  {
    section: "4.2",
    says: "HEADERS beyond SETTINGS_MAX_FRAME_SIZE",
    send: [headers(1, END_HEADERS, Buffer.alloc(16_385))],
    outcome: { connection: FRAME_SIZE_ERROR },
  },
  {
    section: "4.2",
    says: "SETTINGS beyond SETTINGS_MAX_FRAME_SIZE",
    send: [frame(FrameType.SETTINGS, 0, 0, Buffer.alloc(6 * 2731))],
    outcome: { connection: FRAME_SIZE_ERROR },
  },
  {
    section: "4.2",
    says: "an unknown frame beyond SETTINGS_MAX_FRAME_SIZE",
    send: [frame(unknownType, 0, 0, Buffer.alloc(16_385))],
    outcome: { connection: FRAME_SIZE_ERROR },
  },
  {
    section: "4.3",
    says: "a block that cannot be decoded is a connection error",
    send: [headers(1, END_STREAM | END_HEADERS, Buffer.from([0x80]))],
    outcome: { connection: COMPRESSION_ERROR },
  },
  {
    section: "4.3",
    says: "an index beyond the tables is a connection error",
    send: [headers(1, END_STREAM | END_HEADERS, Buffer.concat([requestBlock, Buffer.from([0xff, 0x10])]))],
    outcome: { connection: COMPRESSION_ERROR },
  },
  {
    section: "4.3",
    says: "a block on a refused stream is decoded too",
    send: [headers(1), headers(1, END_STREAM | END_HEADERS, Buffer.from([0x80]))],
    outcome: { connection: COMPRESSION_ERROR },
  },
  {
    section: "4.3",
    says: "a block may come in pieces",
    send: [
      frame(FrameType.HEADERS, END_STREAM, 1, requestBlock.subarray(0, 2)),
      frame(FrameType.CONTINUATION, 0, 1, requestBlock.subarray(2, 5)),
      frame(FrameType.CONTINUATION, END_HEADERS, 1, requestBlock.subarray(5)),
    ],
    outcome: "fine",
  },
  {
    section: "4.3",
    says: "no other frame within a block",
    send: [frame(FrameType.HEADERS, 0, 1, requestBlock), ping("within")],
    outcome: { connection: PROTOCOL_ERROR },
  },
  {
    section: "4.3",
    says: "no unknown frame within a block either (5.5)",
    send: [frame(FrameType.HEADERS, 0, 1, requestBlock), frame(unknownType, 0, 1)],
    outcome: { connection: PROTOCOL_ERROR },
  },
  {
    section: "4.3",
    says: "no other HEADERS within a block",
    send: [frame(FrameType.HEADERS, 0, 1, requestBlock), headers(3)],
    outcome: { connection: PROTOCOL_ERROR },
  },
  {
    section: "4.3",
    says: "a table size above ours is a connection error",
    send: [headers(1, END_STREAM | END_HEADERS, Buffer.concat([Buffer.from([0x3f, 0xe2, 0x1f]), requestBlock]))],
    outcome: { connection: COMPRESSION_ERROR },
  },
  { section: "5.1", says: "DATA on an idle stream", send: [data(1, Buffer.from("x"))], outcome: { connection: PROTOCOL_ERROR } },
  { section: "5.1", says: "RST_STREAM on an idle stream", send: [rstStream(1, 8)], outcome: { connection: PROTOCOL_ERROR } },
  { section: "5.1", says: "WINDOW_UPDATE on an idle stream", send: [windowUpdate(1, 1)], outcome: { connection: PROTOCOL_ERROR } },
  { section: "5.1", says: "WINDOW_UPDATE on an idle stream of ours", send: [windowUpdate(2, 1)], outcome: { connection: PROTOCOL_ERROR } },
  {
    section: "5.1",
    says: "PRIORITY may come on an idle stream",
    send: [frame(FrameType.PRIORITY, 0, 7, Buffer.from([0, 0, 0, 1, 16]))],
    outcome: "fine",
  },
  { section: "5.1", says: "DATA on a half-closed (remote) stream", send: [headers(1), data(1)], outcome: { stream: STREAM_CLOSED } },
  { section: "5.1", says: "HEADERS on a half-closed (remote) stream", send: [headers(1), headers(1)], outcome: { stream: STREAM_CLOSED } },
  {
    section: "5.1",
    says: "WINDOW_UPDATE, PRIORITY and RST_STREAM may come on a half-closed (remote) stream",
    send: [headers(1), windowUpdate(1, 10), frame(FrameType.PRIORITY, 0, 1, Buffer.from([0, 0, 0, 0, 1])), rstStream(1, 8)],
    outcome: "fine",
  },
  {
    section: "5.1",
    says: "DATA after the peer's RST_STREAM",
    send: [openRequest(1), rstStream(1, 8), data(1)],
    outcome: { connection: STREAM_CLOSED },
  },
  {
    section: "5.1",
    says: "HEADERS after the peer's RST_STREAM",
    send: [openRequest(1), rstStream(1, 8), headers(1)],
    outcome: { connection: STREAM_CLOSED },
  },
  {
    section: "5.1",
    says: "WINDOW_UPDATE and RST_STREAM may come late",
    send: [openRequest(1), rstStream(1, 8), windowUpdate(1, 1), rstStream(1, 8)],
    outcome: "fine",
  },
  { section: "5.1.1", says: "a client's streams have odd numbers", send: [headers(2)], outcome: { connection: PROTOCOL_ERROR } },
  { section: "5.1.1", says: "numbers rise", send: [headers(5), headers(3)], outcome: { connection: PROTOCOL_ERROR } },
  { section: "5.1.1", says: "numbers may be left out", send: [headers(5), headers(99), headers(0x7fff_ffff)], outcome: "fine" },
  {
    section: "5.1.2",
    says: "streams beyond SETTINGS_MAX_CONCURRENT_STREAMS are refused",
    send: [openRequest(1), openRequest(3), openRequest(5), openRequest(7), data(7, Buffer.from("late")), data(1)],
    outcome: { stream: REFUSED_STREAM, id: 7 },
  },
  { section: "6.1", says: "DATA on stream 0", send: [data(0, Buffer.from("x"))], outcome: { connection: PROTOCOL_ERROR } },
  {
    section: "6.1",
    says: "padding is not part of the data",
    send: [openRequest(1), data(1, padded(3, Buffer.from("abc"), Buffer.alloc(3)), PADDED | END_STREAM)],
    outcome: "fine",
  },
  {
    section: "6.1",
    says: "DATA may be all padding",
    send: [openRequest(1), data(1, padded(3, Buffer.alloc(3)), PADDED | END_STREAM)],
    outcome: "fine",
  },
  {
    section: "6.1",
    says: "padding as long as the payload",
    send: [openRequest(1), data(1, padded(4, Buffer.alloc(3)), PADDED)],
    outcome: { connection: PROTOCOL_ERROR },
  },
  {
    section: "6.1",
    says: "padding announced, but its length is missing",
    send: [openRequest(1), data(1, Buffer.alloc(0), PADDED)],
    outcome: { connection: FRAME_SIZE_ERROR },
  },
  { section: "6.2", says: "HEADERS on stream 0", send: [headers(0)], outcome: { connection: PROTOCOL_ERROR } },
  {
    section: "6.2",
    says: "padding and priority stand around the block",
    send: [
      headers(1, END_STREAM | END_HEADERS | PADDED | PRIORITY, padded(2, uint32(0), Buffer.from([200]), requestBlock, Buffer.alloc(2))),
    ],
    outcome: "fine",
  },
  {
    section: "6.2",
    says: "padding longer than the block",
    send: [headers(1, END_STREAM | END_HEADERS | PADDED, padded(200, requestBlock))],
    outcome: { connection: PROTOCOL_ERROR },
  },
  {
    section: "6.2",
    says: "priority announced, but cut off",
    send: [headers(1, END_STREAM | END_HEADERS | PRIORITY, Buffer.alloc(4))],
    outcome: { connection: FRAME_SIZE_ERROR },
  },
  {
    section: "6.3",
    says: "PRIORITY on stream 0",
    send: [frame(FrameType.PRIORITY, 0, 0, Buffer.alloc(5))],
    outcome: { connection: PROTOCOL_ERROR },
  },
  {
    section: "6.3",
    says: "PRIORITY of another length than 5 is a stream error",
    send: [openRequest(1), frame(FrameType.PRIORITY, 0, 1, Buffer.alloc(4))],
    outcome: { stream: FRAME_SIZE_ERROR },
  },
  { section: "6.4", says: "RST_STREAM on stream 0", send: [rstStream(0, 8)], outcome: { connection: PROTOCOL_ERROR } },
  {
    section: "6.4",
    says: "RST_STREAM of another length than 4",
    send: [openRequest(1), frame(FrameType.RST_STREAM, 0, 1, Buffer.alloc(5))],
    outcome: { connection: FRAME_SIZE_ERROR },
  },
  {
    section: "6.5",
    says: "SETTINGS on a stream",
    send: [frame(FrameType.SETTINGS, 0, 1)],
    outcome: { connection: PROTOCOL_ERROR },
  },
  {
    section: "6.5",
    says: "an acknowledgement with a payload",
    send: [frame(FrameType.SETTINGS, ACK, 0, Buffer.alloc(6))],
    outcome: { connection: FRAME_SIZE_ERROR },
  },
  {
    section: "6.5",
    says: "SETTINGS of a length that is no multiple of 6",
    send: [frame(FrameType.SETTINGS, 0, 0, Buffer.alloc(5))],
    outcome: { connection: FRAME_SIZE_ERROR },
  },
  {
    section: "6.5.2",
    says: "SETTINGS_ENABLE_PUSH is 0 or 1",
    send: [settings(Setting.ENABLE_PUSH, 2)],
    outcome: { connection: PROTOCOL_ERROR },
  },
  { section: "6.5.2", says: "a client may allow push", send: [settings(Setting.ENABLE_PUSH, 1)], outcome: "fine" },
  {
    section: "6.5.2",
    says: "SETTINGS_INITIAL_WINDOW_SIZE is at most 2^31-1",
    send: [settings(Setting.INITIAL_WINDOW_SIZE, 0x8000_0000)],
    outcome: { connection: FLOW_CONTROL_ERROR },
  },
  {
    section: "6.5.2",
    says: "SETTINGS_MAX_FRAME_SIZE is at least 2^14",
    send: [settings(Setting.MAX_FRAME_SIZE, 16_383)],
    outcome: { connection: PROTOCOL_ERROR },
  },
  {
    section: "6.5.2",
    says: "SETTINGS_MAX_FRAME_SIZE is at most 2^24-1",
    send: [settings(Setting.MAX_FRAME_SIZE, 16_777_216)],
    outcome: { connection: PROTOCOL_ERROR },
  },
  { section: "6.5.2", says: "unknown settings are ignored", send: [settings(0x99, 0xffff_ffff)], outcome: "fine" },
  {
    section: "6.6",
    says: "a client cannot push",
    send: [headers(1), frame(FrameType.PUSH_PROMISE, END_HEADERS, 1, Buffer.concat([uint32(2), requestBlock]))],
    outcome: { connection: PROTOCOL_ERROR },
  },
  {
    section: "6.7",
    says: "PING on a stream",
    send: [frame(FrameType.PING, 0, 1, Buffer.alloc(8))],
    outcome: { connection: PROTOCOL_ERROR },
  },
  {
    section: "6.7",
    says: "PING of another length than 8",
    send: [frame(FrameType.PING, 0, 0, Buffer.alloc(7))],
    outcome: { connection: FRAME_SIZE_ERROR },
  },
  { section: "6.7", says: "an answer that nobody asked for", send: [frame(FrameType.PING, ACK, 0, Buffer.alloc(8))], outcome: "fine" },
  {
    section: "6.8",
    says: "GOAWAY on a stream",
    send: [frame(FrameType.GOAWAY, 0, 1, Buffer.alloc(8))],
    outcome: { connection: PROTOCOL_ERROR },
  },
  {
    section: "6.8",
    says: "GOAWAY that is cut off",
    send: [frame(FrameType.GOAWAY, 0, 0, Buffer.alloc(7))],
    outcome: { connection: FRAME_SIZE_ERROR },
  },
  {
    section: "6.8",
    says: "a client may say GOAWAY, and go on with its streams",
    send: [openRequest(1), goaway(0, 0), data(1)],
    outcome: "fine",
  },
  {
    section: "6.9",
    says: "WINDOW_UPDATE of 0 on a stream",
    send: [openRequest(1), windowUpdate(1, 0)],
    outcome: { stream: PROTOCOL_ERROR },
  },
  { section: "6.9", says: "WINDOW_UPDATE of 0 on the connection", send: [windowUpdate(0, 0)], outcome: { connection: PROTOCOL_ERROR } },
  {
    section: "6.9",
    says: "WINDOW_UPDATE of another length than 4",
    send: [frame(FrameType.WINDOW_UPDATE, 0, 0, Buffer.alloc(3))],
    outcome: { connection: FRAME_SIZE_ERROR },
  },
  {
    section: "6.9.1",
    says: "a stream's window is at most 2^31-1",
    send: [openRequest(1), windowUpdate(1, 0x7fff_ffff)],
    outcome: { stream: FLOW_CONTROL_ERROR },
  },
  {
    section: "6.9.1",
    says: "the connection's window is at most 2^31-1",
    send: [windowUpdate(0, 0x7fff_ffff)],
    outcome: { connection: FLOW_CONTROL_ERROR },
  },
  {
    section: "6.9.2",
    says: "a changed initial window must not overflow a stream's",
    send: [openRequest(1), windowUpdate(1, 0x7fff_0000 - 0xffff), settings(Setting.INITIAL_WINDOW_SIZE, 0x7fff_ffff)],
    outcome: { connection: FLOW_CONTROL_ERROR },
  },
  {
    section: "6.10",
    says: "CONTINUATION without HEADERS",
    send: [frame(FrameType.CONTINUATION, END_HEADERS, 1, requestBlock)],
    outcome: { connection: PROTOCOL_ERROR },
  },
  {
    section: "6.10",
    says: "CONTINUATION after the block has ended",
    send: [openRequest(1), frame(FrameType.CONTINUATION, END_HEADERS, 1)],
    outcome: { connection: PROTOCOL_ERROR },
  },
  {
    section: "6.10",
    says: "CONTINUATION on stream 0",
    send: [frame(FrameType.HEADERS, 0, 1, requestBlock), frame(FrameType.CONTINUATION, END_HEADERS, 0)],
    outcome: { connection: PROTOCOL_ERROR },
  },
  {
    section: "6.10",
    says: "CONTINUATION on another stream",
    send: [frame(FrameType.HEADERS, 0, 1, requestBlock), frame(FrameType.CONTINUATION, END_HEADERS, 3)],
    outcome: { connection: PROTOCOL_ERROR },
  },
  { section: "8.1", says: "trailers end a request", send: withTrailers(["x-sum", "1"]), outcome: "fine" },
  {
    section: "8.1",
    says: "trailers without END_STREAM",
    send: withTrailers(["x-sum", "1"], END_HEADERS),
    outcome: { stream: PROTOCOL_ERROR },
  },
  { section: "8.1", says: "DATA after trailers", send: [...withTrailers(["x-sum", "1"]), data(1)], outcome: { stream: STREAM_CLOSED } },
  { section: "8.1.1", says: "less than content-length", send: withLength("10", 4, 5), outcome: { stream: PROTOCOL_ERROR } },
  { section: "8.1.1", says: "more than content-length", send: withLength("10", 4, 7), outcome: { stream: PROTOCOL_ERROR } },
  { section: "8.1.1", says: "as much as content-length", send: withLength("10", 4, 6), outcome: "fine" },
  { section: "8.1.1", says: "content-length and no body", send: [withField("content-length", "1")], outcome: { stream: PROTOCOL_ERROR } },
  {
    section: "8.1.1",
    says: "content-length that is no number",
    send: [withField("content-length", "1x")],
    outcome: { stream: PROTOCOL_ERROR },
  },
  {
    section: "8.1.1",
    says: "two content-lengths that differ",
    send: [headers(1, END_HEADERS, rawBlock([...requestList(), "content-length", "1", "content-length", "2"]))],
    outcome: { stream: PROTOCOL_ERROR },
  },
  {
    section: "8.1.1",
    says: "trailers before content-length is reached",
    send: [...withLength("10", 4).slice(0, 1), headers(1, END_STREAM | END_HEADERS, rawBlock(["x-sum", "1"]))],
    outcome: { stream: PROTOCOL_ERROR },
  },
  { section: "8.2.1", says: "upper case in a name", send: [withField("X-Sum", "1")], outcome: { stream: PROTOCOL_ERROR } },
  { section: "8.2.1", says: "an empty name", send: [withField("", "1")], outcome: { stream: PROTOCOL_ERROR } },
  { section: "8.2.1", says: "a space in a name", send: [withField("x sum", "1")], outcome: { stream: PROTOCOL_ERROR } },
  { section: "8.2.1", says: "a colon within a name", send: [withField("x:sum", "1")], outcome: { stream: PROTOCOL_ERROR } },
  { section: "8.2.1", says: "an octet above 0x7f in a name", send: [withField("x\xe4", "1")], outcome: { stream: PROTOCOL_ERROR } },
  { section: "8.2.1", says: "NUL in a value", send: [withField("x-sum", "a\0b")], outcome: { stream: PROTOCOL_ERROR } },
  { section: "8.2.1", says: "a line feed in a value", send: [withField("x-sum", "a\nb")], outcome: { stream: PROTOCOL_ERROR } },
  { section: "8.2.1", says: "a carriage return in a value", send: [withField("x-sum", "a\rb")], outcome: { stream: PROTOCOL_ERROR } },
  { section: "8.2.1", says: "a value that begins with a space", send: [withField("x-sum", " a")], outcome: { stream: PROTOCOL_ERROR } },
  { section: "8.2.1", says: "a value that ends with a tab", send: [withField("x-sum", "a\t")], outcome: { stream: PROTOCOL_ERROR } },
  {
    section: "8.2.1",
    says: "a value may be empty, hold tabs and octets above 0x7f",
    send: [withField("x-sum", "a\t\xe4")],
    outcome: "fine",
  },
  { section: "8.2.2", says: "connection", send: [withField("connection", "close")], outcome: { stream: PROTOCOL_ERROR } },
  { section: "8.2.2", says: "proxy-connection", send: [withField("proxy-connection", "close")], outcome: { stream: PROTOCOL_ERROR } },
  { section: "8.2.2", says: "keep-alive", send: [withField("keep-alive", "1")], outcome: { stream: PROTOCOL_ERROR } },
  { section: "8.2.2", says: "transfer-encoding", send: [withField("transfer-encoding", "chunked")], outcome: { stream: PROTOCOL_ERROR } },
  { section: "8.2.2", says: "upgrade", send: [withField("upgrade", "h2c")], outcome: { stream: PROTOCOL_ERROR } },
  { section: "8.2.2", says: "te other than trailers", send: [withField("te", "gzip")], outcome: { stream: PROTOCOL_ERROR } },
  { section: "8.2.2", says: "te: trailers", send: [withField("te", "trailers")], outcome: "fine" },
  { section: "8.3", says: "an unknown pseudo-header", send: [withHead({ ":protocol": "websocket" })], outcome: { stream: PROTOCOL_ERROR } },
  { section: "8.3", says: "a response's pseudo-header", send: [withHead({ ":status": "200" })], outcome: { stream: PROTOCOL_ERROR } },
  {
    section: "8.3",
    says: "a pseudo-header after a field",
    send: [withHead({ ":path": undefined, te: "trailers", ":path ": "" })],
    outcome: { stream: PROTOCOL_ERROR },
  },
  {
    section: "8.3",
    says: "a known pseudo-header after a field",
    send: [headers(1, END_STREAM | END_HEADERS, rawBlock([":method", "GET", ":scheme", "http", "te", "trailers", ":path", "/"]))],
    outcome: { stream: PROTOCOL_ERROR },
  },
  { section: "8.3", says: "a pseudo-header in trailers", send: withTrailers([":path", "/"]), outcome: { stream: PROTOCOL_ERROR } },
  {
    section: "8.3.1",
    says: "a pseudo-header twice",
    send: [headers(1, END_STREAM | END_HEADERS, rawBlock([...requestList(), ":path", "/"]))],
    outcome: { stream: PROTOCOL_ERROR },
  },
  { section: "8.3.1", says: "no :method", send: [withHead({ ":method": undefined })], outcome: { stream: PROTOCOL_ERROR } },
  { section: "8.3.1", says: "no :scheme", send: [withHead({ ":scheme": undefined })], outcome: { stream: PROTOCOL_ERROR } },
  { section: "8.3.1", says: "no :path", send: [withHead({ ":path": undefined })], outcome: { stream: PROTOCOL_ERROR } },
  { section: "8.3.1", says: "an empty :path", send: [withHead({ ":path": "" })], outcome: { stream: PROTOCOL_ERROR } },
  { section: "8.3.1", says: "a :path that is none", send: [withHead({ ":path": "s/m" })], outcome: { stream: PROTOCOL_ERROR } },
  { section: "8.3.1", says: "* is a path for OPTIONS only", send: [withHead({ ":path": "*" })], outcome: { stream: PROTOCOL_ERROR } },
  { section: "8.3.1", says: "OPTIONS *", send: [withHead({ ":path": "*", ":method": "OPTIONS" })], outcome: "fine" },
  { section: "8.3.1", says: "no :authority", send: [withHead({ ":authority": undefined })], outcome: "fine" },
  {
    section: "8.3.1",
    says: "host that is another than :authority",
    send: [withField("host", "elsewhere")],
    outcome: { stream: PROTOCOL_ERROR },
  },
  { section: "8.3.1", says: "host that is the same as :authority", send: [withField("host", "LOCALHOST")], outcome: "fine" },
  { section: "8.5", says: "CONNECT with :path", send: [withHead({ ":method": "CONNECT" })], outcome: { stream: PROTOCOL_ERROR } },
  {
    section: "8.5",
    says: "CONNECT without :authority",
    send: [withHead({ ":method": "CONNECT", ":path": undefined, ":scheme": undefined, ":authority": undefined })],
    outcome: { stream: PROTOCOL_ERROR },
  },
  {
    section: "8.5",
    says: "CONNECT",
    send: [withHead({ ":method": "CONNECT", ":path": undefined, ":scheme": undefined })],
    outcome: "fine",
  },
];

for (const { section, says, send, outcome, raw = false } of cases) {
  test(`RFC 9113 §${section}: ${says}`, async () => {
    const { peer, socket } = RawPeer.pair();
    const recorder = new Recorder();
    serveConnection(socket, recorder, { maxConcurrentStreams: 3 });
    if (!raw) peer.startAsClient();
    peer.send(...send);
    if (outcome === "fine") await peer.expectFine();
    else if ("connection" in outcome) await peer.expectConnectionError(outcome.connection);
    else await peer.expectStreamError(outcome.id ?? 1, outcome.stream);
    if (outcome === "fine") peer.end();
    else if ("stream" in outcome) peer.end();
    await peer.until(() => recorder.closed, "the connection's end");
    if (recorder.errors.length > 0) throw recorder.errors[0];
  });
}

test("RFC 9113 §5.1: DATA and HEADERS after both sides have ended are connection errors", async () => {
  for (const late of [data(1, Buffer.from("x")), headers(1)]) {
    const { peer, socket } = RawPeer.pair();
    serveConnection(socket, new Recorder({ ended: (stream) => stream.sendHeaders(answer, true) }));
    peer.startAsClient();
    peer.send(headers(1));
    await peer.settled();
    peer.send(late);
    await peer.expectConnectionError(STREAM_CLOSED);
  }
});

test("RFC 9113 §5.1: what a peer sent before it heard of our RST_STREAM is thrown away, and counted and decoded all the same", async () => {
  const { peer, socket } = RawPeer.pair();
  const recorder = new Recorder({ opened: (stream) => stream.id === 1 && stream.reset(ErrorCode.CANCEL) });
  serveConnection(socket, recorder, { connectionWindowBytes: 65_535 });
  peer.startAsClient();
  // The trailers put a field into the table, which the next request refers to.
  const indexed = Buffer.concat([Buffer.from([0x40, 5]), Buffer.from("x-sum"), Buffer.from([1]), Buffer.from("7")]);
  peer.send(
    openRequest(1),
    ...Array.from({ length: 3 }, () => data(1, Buffer.alloc(16_000))),
    headers(1, END_STREAM | END_HEADERS, indexed),
  );
  peer.send(headers(3, END_STREAM | END_HEADERS, Buffer.concat([requestBlock, Buffer.from([0x80 | 62])])));
  await peer.settled();
  const [update] = peer.of(FrameType.WINDOW_UPDATE, 0);
  const credited = update?.payload.readUInt32BE(0);
  if (credited === undefined || credited < 32_000) throw new Error(`the connection's window was not credited: ${credited}`);
  if (recorder.heads.get(3)?.find("x-sum") !== "7") throw new Error("the table is out of step");
});
