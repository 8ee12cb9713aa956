// What comes to the gRPC port and is no sound HTTP/2: it ends its own connection and nothing else.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { ClientHttp2Session } from "node:http2";
import { connect as connectHttp2, constants } from "node:http2";
import type { Socket } from "node:net";
import { connect } from "node:net";
import { test } from "node:test";
import { createGrpcServer } from "@arcana/framework/rpc";
import { bytesUntilClosed } from "./raw-http.ts";
import { frame } from "./raw-rpc.ts";
import type { Target } from "./target.ts";
import { assertServed, attacks, startTarget } from "./target.ts";

const target = await startTarget();

const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const login = "/arcana.auth.v1.AuthService/Login";

/** A frame of HTTP/2 (RFC 9113 §4.1). */
function wireFrame(type: number, flags: number, streamId: number, payload: Uint8Array, announced = payload.length): Uint8Array {
  const head = Buffer.alloc(9);
  head.writeUIntBE(announced, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

const settings = wireFrame(4, 0, 0, new Uint8Array());
/** Bytes that look random and are the same in every run. */
const noise = Buffer.concat(Array.from({ length: 128 }, (_, index) => createHash("sha256").update(String(index)).digest()));

/** Each connection is ended by the server, which goes on serving others. */
function ended(...conversations: readonly (readonly (string | Uint8Array)[])[]) {
  return async ({ server: { ports } }: Target): Promise<void> => {
    for (const parts of conversations) await bytesUntilClosed(ports.grpc, parts);
  };
}

/** A literal header field of HPACK (RFC 7541 §6.2.2), its name and value as they are. */
function field(name: string, value: string): Uint8Array {
  const text = (part: string) => Buffer.concat([Buffer.from([part.length]), Buffer.from(part, "latin1")]);
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}

const endStreamAndHeaders = 0x5;

/** A whole request with the header fields as they are, which Node's client would refuse to send. */
function rawRequest(...fields: readonly (readonly [string, string])[]): readonly Uint8Array[] {
  const block = Buffer.concat(fields.map(([name, value]) => field(name, value)));
  return [preface, settings, wireFrame(1, endStreamAndHeaders, 1, block)];
}

/** What the server says in the first moments after the parts, until it has answered stream 1 or closed. */
function answerTo(port: number, parts: readonly Uint8Array[]): Promise<"answered" | "closed"> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let bytes = Buffer.alloc(0);
    const end = (how: "answered" | "closed"): void => {
      socket.destroy();
      resolve(how);
    };
    socket.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (endsStreamOne(bytes)) end("answered");
    });
    socket.on("error", () => end("closed")).on("close", () => end("closed"));
    for (const part of parts) socket.write(part);
  });
}

/** Whether there is a frame of stream 1 that ends it: END_STREAM on HEADERS or DATA, or RST_STREAM. */
function endsStreamOne(bytes: Buffer): boolean {
  for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    const [type = 0, flags = 0] = bytes.subarray(at + 3, at + 5);
    if (bytes.readUInt32BE(at + 5) === 1 && (type === 3 || (type <= 1 && (flags & 1) === 1))) return true;
  }
  return false;
}

function openSockets(port: number, count: number, ...parts: readonly Uint8Array[]): Promise<readonly Socket[]> {
  const open = (): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => {
        for (const part of parts) socket.write(part);
        resolve(socket);
      });
      socket.on("error", reject);
    });
  return Promise.all(Array.from({ length: count }, open));
}

function closed(session: ClientHttp2Session): Promise<void> {
  return new Promise((resolve) => {
    session.on("error", () => {});
    session.on("close", resolve);
  });
}

attacks(target, {
  "noise, HTTP/1.1, TLS and a wrong preface end their connection": ended(
    [noise],
    ["GET / HTTP/1.1\r\nHost: a\r\n\r\n"],
    [Buffer.from("160301020001000200fc0303", "hex"), noise],
    ["PRI * HTTP/2.0\r\n\r\nSX\r\n\r\n"],
    [preface, noise],
    [preface, wireFrame(0, 0, 1, Buffer.alloc(4))],
  ),

  "frames that are against the protocol end their connection": ended(
    [preface, settings, wireFrame(0, 0, 0, Buffer.alloc(4))],
    [preface, settings, wireFrame(1, 4, 2, field(":method", "POST"))],
    [preface, settings, wireFrame(9, 4, 1, new Uint8Array())],
    [preface, settings, wireFrame(0, 0, 1, new Uint8Array(), 0xff_ffff)],
    [preface, settings, wireFrame(8, 0, 0, Buffer.alloc(4))],
    [preface, settings, wireFrame(1, 4, 1, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))],
    [preface, wireFrame(4, 0, 0, Buffer.from([0, 5, 0, 0, 0, 1]))],
  ),

  "header blocks without an end end their connection": ended([
    preface,
    settings,
    wireFrame(1, 0, 1, field(":method", "POST")),
    ...Array.from({ length: 600 }, (_, index) => wireFrame(9, 0, 1, field(`x-${index}`, "v".repeat(120)))),
  ]),

  "a request without an address, or with one that is none, is answered and ends nobody's process": async ({ server: { ports } }) => {
    const method = [":method", "POST"] as const;
    const path = [":path", login] as const;
    const rest = [
      [":scheme", "http"],
      ["content-type", "application/grpc"],
      ["te", "trailers"],
    ] as const;
    for (const fields of [
      [method, path, ...rest],
      [method, path, [":authority", ""], ...rest],
      [method, path, [":authority", "a:99999"], ...rest],
      [method, path, [":authority", "a b"], ...rest],
      [method, path, [":authority", "["], ...rest],
      [method, path, [":authority", "a"], ["host", "b"], ...rest],
      [method, [":path", "*"], [":authority", "a"], ...rest],
      [method, [":path", "//[/"], [":authority", "a"], ...rest],
      [method, [":authority", "a"], ...rest],
      [
        [":method", "CONNECT"],
        [":authority", "a:1"],
      ],
      [[":method", "GET"], path, [":authority", "a"], ...rest],
      [method, path, [":authority", "a"], ...rest, ["content-length", "5"]],
      [method, path, [":authority", "a"], ...rest, ["connection", "close"]],
      [method, path, [":authority", "a"], ...rest, ["expect", "100-continue"]],
      [method, path, [":authority", "a"], ...rest, ["expect", "nothing"]],
      [method, path, [":authority", "a"], ...rest, ["x-bad", "\xff\x80"]],
      [method, path, [":authority", "a"], ...rest, ["authorization", "Bearer a"], ["authorization", "Bearer b"]],
    ] as readonly (readonly (readonly [string, string])[])[]) {
      await answerTo(ports.grpc, rawRequest(...fields));
      await assertServed(target);
    }
  },

  "of two authorization fields neither is believed": async ({ server: { ports, entries }, victim }) => {
    const before = entries.length;
    const fields = [
      [":method", "POST"],
      [":path", "/arcana.auth.v1.AuthService/Logout"],
      [":scheme", "http"],
      [":authority", "a"],
      ["content-type", "application/grpc"],
    ] as const;
    // Tokens are longer than the one byte of a length that `field` writes, so the literal is made by hand.
    const long = (name: string, value: string): Uint8Array => {
      const rest = value.length - 127;
      const length = [0x7f, (rest & 0x7f) | 0x80, rest >> 7];
      return Buffer.concat([Buffer.from([0, name.length]), Buffer.from(name), Buffer.from(length), Buffer.from(value)]);
    };
    const block = Buffer.concat([
      ...fields.map(([name, value]) => field(name, value)),
      long("authorization", `Bearer ${victim.token}`),
      long("authorization", `Bearer ${"x".repeat(300)}`),
    ]);
    const message = wireFrame(0, 1, 1, frame(0, new Uint8Array()));
    await answerTo(ports.grpc, [preface, settings, wireFrame(1, 4, 1, block), message]);
    assert.equal(
      entries.slice(before).some(({ operation }) => operation === "arcana.auth.v1.AuthService/Logout"),
      false,
    );
  },

  "connections that stop in the middle do not keep others out": async (target) => {
    const { grpc } = target.server.ports;
    const sockets = [
      ...(await openSockets(grpc, 100)),
      ...(await openSockets(grpc, 100, preface.subarray(0, 10))),
      ...(await openSockets(grpc, 100, preface, settings, wireFrame(1, 0, 1, field(":method", "POST")))),
    ];
    await assertServed(target);
    for (const socket of sockets) socket.resetAndDestroy();
  },

  "streams that are opened and reset in numbers end their connection or nothing": async (target) => {
    const session = connectHttp2(`http://127.0.0.1:${target.server.ports.grpc}`);
    const gone = closed(session);
    for (let count = 0; count < 2000 && !session.destroyed; count++) {
      const stream = session.request({ ":method": "POST", ":path": login, "content-type": "application/grpc" });
      stream.on("error", () => {});
      stream.close(constants.NGHTTP2_CANCEL);
    }
    await assertServed(target);
    session.destroy();
    await gone;
    assert.ok(process.memoryUsage().rss < 512 * 1024 * 1024);
  },

  "a client that goes away in the middle of a message leaves nothing behind": async ({ server: { ports } }) => {
    for (let count = 0; count < 20; count++) {
      const session = connectHttp2(`http://127.0.0.1:${ports.grpc}`);
      const gone = closed(session);
      const stream = session.request({ ":method": "POST", ":path": login, "content-type": "application/grpc" });
      stream.on("error", () => {});
      await new Promise<void>((resolve) => stream.write(frame(0, Buffer.alloc(10), 1000), () => resolve()));
      session.destroy();
      await gone;
    }
  },
});

test("a client that never finishes its preface is cut, and one that does is not", async () => {
  const server = createGrpcServer({
    routes: () => {},
    interceptors: [],
    host: "127.0.0.1",
    port: 0,
    maxMessageBytes: 1024,
    handshakeTimeoutMs: 50,
  });
  await server.listen();
  const { port } = server.address();
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  await bytesUntilClosed(port, [preface.subarray(0, 10)]);
  await bytesUntilClosed(port, []);
  assert.equal(session.destroyed, false);
  await new Promise<void>((resolve, reject) => session.ping((error) => (error === null ? resolve() : reject(error))));
  session.close();
  await server.drain();
});
