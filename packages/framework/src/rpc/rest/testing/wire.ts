/** A foreign client: bytes over a socket, and what comes back. */
import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import type { FastifyInstance } from "fastify";

export interface WireAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Listens on a port of the system's choice; the server closes when the test is over. */
export async function listen(fastify: FastifyInstance, context: { after(run: () => Promise<void>): void }): Promise<number> {
  await fastify.listen({ port: 0, host: "127.0.0.1" });
  context.after(() => fastify.close());
  return (fastify.server.address() as AddressInfo).port;
}

/** Sends the bytes and gives all that is answered until the server closes the connection. */
export function exchange(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    const chunks: Buffer[] = [];
    socket.setTimeout(5_000, () =>
      socket.destroy(new Error(`no end of the answer to ${JSON.stringify(bytes.toString("latin1").slice(0, 80))}`)),
    );
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("error", reject);
    socket.on("close", () => resolve(Buffer.concat(chunks).toString("utf8")));
  });
}

/** Reads one answer. */
export function parseAnswer(text: string): WireAnswer {
  const end = text.indexOf("\r\n\r\n");
  assert(end > 0, `no HTTP answer: ${JSON.stringify(text)}`);
  const [statusLine = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]));
  return { status: Number(statusLine.split(" ")[1]), headers, body: text.slice(end + 4) };
}
