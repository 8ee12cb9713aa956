/** gRPC calls that tests make by bytes, so that they can stop in the middle. */
import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";
import { connect } from "node:http2";

export interface Ended {
  /** `grpc-status`; undefined: the stream ended without one. */
  readonly status: string | undefined;
  readonly resetCode: number | undefined;
}

export interface HalfCall {
  readonly stream: ClientHttp2Stream;
  readonly ended: Promise<Ended>;
}

export function connectTo(port: number): { readonly session: ClientHttp2Session; readonly closed: Promise<void> } & AsyncDisposable {
  const session = connect(`http://127.0.0.1:${port}`);
  const closed = new Promise<void>((resolve) => session.on("error", () => {}).once("close", resolve));
  return {
    session,
    closed,
    async [Symbol.asyncDispose]() {
      session.destroy();
      await closed;
    },
  };
}

/** Begins a call; what is sent of it is the test's own affair. */
export function begin(session: ClientHttp2Session, path: string, headers: Readonly<Record<string, string>> = {}): HalfCall {
  const fields = { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers", ...headers };
  const stream = session.request(fields, { endStream: false });
  const ended = new Promise<Ended>((resolve) => {
    let status: string | undefined;
    const read = (received: object): void => {
      if ("grpc-status" in received) status = String(received["grpc-status"]);
    };
    stream
      .on("response", read)
      .on("trailers", read)
      .on("error", () => {});
    stream.on("close", () => resolve({ status, resetCode: stream.rstCode })).resume();
  });
  return { stream, ended };
}

/** The prefix of a message of that length, and as much of the message as is given. */
export function part(length: number, given = 0): Buffer {
  const bytes = Buffer.alloc(5 + given);
  bytes.writeUInt32BE(length, 1);
  return bytes;
}
