// HTTP/1.1 by bytes: for requests that no client library would send, and answers as they are on the wire.
import { connect } from "node:net";

export interface Reply {
  readonly status: number;
  /** By lower-case name; repeated ones are joined by commas. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** How long a conversation may last before it counts as one that the server left hanging. */
const patienceMs = 5000;

/** Sends the parts, and gives all answers that came until the server closed the connection. @throws where it does not. */
export async function converse(port: number, ...parts: readonly (string | Uint8Array)[]): Promise<readonly Reply[]> {
  return parseReplies(await bytesUntilClosed(port, parts));
}

/** As {@link converse}, where exactly one answer is expected. */
export async function ask(port: number, ...parts: readonly (string | Uint8Array)[]): Promise<Reply> {
  const replies = await converse(port, ...parts);
  const [reply] = replies;
  if (reply === undefined || replies.length !== 1) throw new Error(`one answer was expected, and ${replies.length} came`);
  return reply;
}

/** All that the server says until it closes; a reset is an end like any other. */
export function bytesUntilClosed(port: number, parts: readonly (string | Uint8Array)[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    const chunks: Buffer[] = [];
    const limit = setTimeout(() => {
      socket.destroy();
      reject(new Error(`the server kept the connection open, having said: ${Buffer.concat(chunks).toString("latin1").slice(0, 500)}`));
    }, patienceMs);
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(limit);
      resolve(Buffer.concat(chunks));
    });
    for (const part of parts) socket.write(typeof part === "string" ? Buffer.from(part, "latin1") : part);
  });
}

function parseReplies(bytes: Buffer): readonly Reply[] {
  const replies: Reply[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0) throw new Error(`the answer has no end of its head: ${rest.toString("latin1").slice(0, 200)}`);
    const [line = "", ...fields] = rest.subarray(0, end).toString("latin1").split("\r\n");
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(line)?.[1]);
    const headers = new Map<string, string>();
    for (const field of fields) {
      const name = field.slice(0, field.indexOf(":")).toLowerCase();
      const value = field.slice(field.indexOf(":") + 1).trim();
      headers.set(name, headers.has(name) ? `${headers.get(name)}, ${value}` : value);
    }
    const length = status === 100 ? 0 : Number(headers.get("content-length") ?? rest.length - end - 4);
    const body = rest.subarray(end + 4, end + 4 + length);
    if (body.length < length) throw new Error(`the body of ${status} was cut short`);
    if (status !== 100) replies.push({ status, headers, body: body.toString("utf8") });
    rest = rest.subarray(end + 4 + length);
  }
  return replies;
}
