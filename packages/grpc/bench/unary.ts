// Unary calls on this package's server and on @grpc/grpc-js's, each in a process of its own and by turns, so that what else runs on the machine
// weighs on both alike. The load comes from this process, by raw frames: it must cost less than what is measured.
// `node packages/grpc/bench/unary.ts [seconds a round] [rounds]` prints medians and ratios; the goal is 5.
import { fork } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { encodeStateless } from "../src/http2/hpack/encoder.ts";

const SECONDS = Number(process.argv[2] ?? 1.5);
const ROUNDS = Number(process.argv[3] ?? 5);
const SERVERS = ["engine", "grpc-js"] as const;
const SHAPES = [
  { connections: 50, inFlight: 1 },
  { connections: 10, inFlight: 10 },
] as const;

const head = encodeStateless([
  ":method",
  "POST",
  ":scheme",
  "http",
  ":path",
  "/test.Echo/Say",
  ":authority",
  "127.0.0.1",
  "te",
  "trailers",
  "content-type",
  "application/grpc",
]);
const message = Buffer.from([0, 0, 0, 0, 7, 0x0a, 5, 0x68, 0x65, 0x6c, 0x6c, 0x6f]);

function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(9 + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, 9);
  return bytes;
}

const call = Buffer.concat([frame(1, 4, 0, head), frame(0, 1, 0, message)]);
const dataAt = 9 + head.length;
const windowUpdate = frame(8, 0, 0, Buffer.from([0x10, 0, 0, 0]));

/** One connection that keeps so many calls in flight, and counts the streams that have ended. */
class Load {
  answered = 0;
  readonly #socket: Socket;
  #nextStream = 1;
  #rest: Buffer = Buffer.alloc(0);
  #dataBytes = 0;
  #messages = 0;
  readonly #inFlight: number;

  constructor(port: number, inFlight: number) {
    this.#inFlight = inFlight;
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.#socket.on("data", (chunk: Buffer) => this.#read(chunk));
  }

  async start(): Promise<void> {
    await once(this.#socket, "connect");
    this.#socket.write(Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(4, 0, 0, Buffer.alloc(0)), windowUpdate]));
    this.#send(this.#inFlight);
  }

  stop(): void {
    this.#socket.destroy();
  }

  #send(count: number): void {
    const bytes = Buffer.allocUnsafe(count * call.length);
    for (let i = 0; i < count; i++) {
      const at = i * call.length;
      bytes.set(call, at);
      bytes.writeUInt32BE(this.#nextStream, at + 5);
      bytes.writeUInt32BE(this.#nextStream, at + dataAt + 5);
      this.#nextStream += 2;
    }
    this.#socket.write(bytes);
  }

  #read(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    let ended = 0;
    while (bytes.length - at >= 9) {
      const length = bytes.readUIntBE(at, 3);
      if (bytes.length - at < 9 + length) break;
      const type = bytes[at + 3];
      const flags = bytes[at + 4] ?? 0;
      if (type === 0) {
        this.#dataBytes += length;
        this.#messages++;
      }
      if (type === 1 && (flags & 1) === 1) ended++;
      if (type === 3 || type === 7) throw new Error(`frame ${type} of the server`);
      if (type === 4 && (flags & 1) === 0) this.#socket.write(frame(4, 1, 0, Buffer.alloc(0)));
      if (type === 6 && (flags & 1) === 0) this.#socket.write(frame(6, 1, 0, bytes.subarray(at + 9, at + 17)));
      at += 9 + length;
    }
    this.#rest = bytes.subarray(at);
    this.answered += ended;
    if (this.#messages < this.answered) throw new Error("a call was answered without a message");
    if (this.#dataBytes > 0x0800_0000) {
      this.#dataBytes = 0;
      this.#socket.write(windowUpdate);
    }
    if (ended > 0) this.#send(ended);
  }
}

async function measure(port: number, shape: (typeof SHAPES)[number], seconds: number): Promise<number> {
  const loads = Array.from({ length: shape.connections }, () => new Load(port, shape.inFlight));
  await Promise.all(loads.map((load) => load.start()));
  const sum = () => loads.reduce((total, { answered }) => total + answered, 0);
  await new Promise((resolve) => setTimeout(resolve, 150));
  const before = sum();
  const start = process.hrtime.bigint();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const rate = (sum() - before) / (Number(process.hrtime.bigint() - start) / 1e9);
  for (const load of loads) load.stop();
  return rate;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

const children = SERVERS.map((name) => fork(new URL("./unary-server.ts", import.meta.url), [name]));
const ports = await Promise.all(children.map(async (child) => Number((await once(child, "message"))[0])));
for (const shape of SHAPES) {
  const rates = SERVERS.map(() => [] as number[]);
  for (const port of ports) await measure(port, shape, SECONDS);
  for (let round = 0; round < ROUNDS; round++)
    for (const [index, port] of ports.entries()) rates[index]?.push(await measure(port, shape, SECONDS));
  const [ours = 0, theirs = 0] = rates.map(median);
  const ratios = (rates[0] ?? []).map((rate, round) => (rate / (rates[1]?.[round] ?? 1)).toFixed(1));
  console.log(
    `${shape.connections} × ${shape.inFlight}: engine ${Math.round(ours)}/s, grpc-js ${Math.round(theirs)}/s, ` +
      `ratio ${(ours / theirs).toFixed(2)} (rounds ${ratios.join(" ")})`,
  );
}
for (const child of children) child.kill();
