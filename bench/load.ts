// A load generator over raw sockets: it does as little as it can for each answer, so that the server is the bottleneck.
// One request at a time on each connection, keep-alive, as HTTP/1.1 clients do.
import { connect } from "node:net";
import type { RecordableHistogram } from "node:perf_hooks";
import { createHistogram } from "node:perf_hooks";

export interface LoadOptions {
  readonly port: number;
  /** The whole request as bytes on the wire. */
  readonly request: string;
  readonly connections: number;
  readonly durationMs: number;
  /** The status that every answer must have: a benchmark of errors measures nothing. */
  readonly status?: number;
}

export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly requests: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** @throws when an answer has another status, or a connection breaks. */
export async function load({ port, request, connections, durationMs, status = 200 }: LoadOptions): Promise<LoadResult> {
  const latency = createHistogram();
  const bytes = Buffer.from(request, "latin1");
  const started = performance.now();
  const until = started + durationMs;
  const stopSpinning = spin();
  const driven = Array.from({ length: connections }, () => drive(port, bytes, until, status, latency));
  const counts = await Promise.all(driven).finally(stopSpinning);
  const requests = counts.reduce((sum, count) => sum + count, 0);
  const seconds = (performance.now() - started) / 1000;
  return { requests, requestsPerSecond: requests / seconds, p50Ms: latency.percentile(50) / 1e6, p99Ms: latency.percentile(99) / 1e6 };
}

/**
 * Keeps the event loop turning until the returned function is called. A client that sleeps must be woken by each answer, and the
 * server's core pays for that: 7 µs on a virtual machine, more than its work. Fast servers, whose client is never idle, would be
 * spared it, and slow ones not.
 */
function spin(): () => void {
  let spinning = true;
  const turn = (): void => {
    if (spinning) setImmediate(turn);
  };
  turn();
  return () => {
    spinning = false;
  };
}

function drive(port: number, request: Buffer, until: number, status: number, latency: RecordableHistogram): Promise<number> {
  const expected = Buffer.from(`HTTP/1.1 ${status} `, "latin1");
  return new Promise((resolve, reject) => {
    let answers = 0;
    let sentAt = 0;
    let pending: Buffer = nothing;
    const send = (): void => {
      sentAt = performance.now();
      socket.write(request);
    };
    const take = (chunk: Buffer): void => {
      const bytes = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      const length = answerLength(bytes);
      if (length === undefined || bytes.length < length) {
        // The chunk is the socket's own buffer, which the next one overwrites.
        pending = Buffer.from(bytes);
        return;
      }
      if (!bytes.subarray(0, expected.length).equals(expected)) {
        socket.destroy();
        reject(new Error(`expected status ${status}, got: ${bytes.subarray(0, 400).toString("latin1")}`));
        return;
      }
      if (bytes.length > length) {
        socket.destroy();
        reject(new Error("more than one answer came to one request"));
        return;
      }
      pending = nothing;
      const now = performance.now();
      latency.record(Math.max(1, Math.round((now - sentAt) * 1e6)));
      answers++;
      if (now < until) send();
      else {
        socket.destroy();
        resolve(answers);
      }
    };
    // Reading into one buffer leaves out the stream, which would cost as much as all the rest of the client.
    const onread = {
      buffer: Buffer.allocUnsafe(16 * 1024),
      callback: (count: number, buffer: Uint8Array): boolean => {
        take(Buffer.from(buffer.buffer, buffer.byteOffset, count));
        return true;
      },
    };
    const socket = connect({ port, host: "127.0.0.1", noDelay: true, onread });
    socket.on("connect", send);
    socket.on("error", reject);
    socket.on("end", () => reject(new Error("the server ended a connection in the middle of the load")));
  });
}

const nothing = Buffer.alloc(0);
const headEnd = Buffer.from("\r\n\r\n", "latin1");

/** The length of the first answer in `bytes`, head and body; undefined while its head is not whole. */
function answerLength(bytes: Buffer): number | undefined {
  const end = bytes.indexOf(headEnd);
  if (end === -1) return undefined;
  const head = bytes.toString("latin1", 0, end);
  const length = contentLength.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer without content-length cannot be counted: ${head}`);
  return end + headEnd.length + Number(length);
}

const contentLength = /\r\ncontent-length: *(\d+)/i;

/** A request without a body. */
export function get(path: string, headers: Readonly<Record<string, string>> = {}): string {
  return `GET ${path} HTTP/1.1\r\n${headerLines(headers)}\r\n`;
}

/** A request with a JSON body. */
export function post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): string {
  const text = JSON.stringify(body);
  const all = { "content-type": "application/json", "content-length": String(Buffer.byteLength(text)), ...headers };
  return `POST ${path} HTTP/1.1\r\n${headerLines(all)}\r\n${Buffer.from(text).toString("latin1")}`;
}

function headerLines(headers: Readonly<Record<string, string>>): string {
  return Object.entries({ host: "localhost", ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
}
