// gRPC, gRPC-Web and Connect by bytes: for messages that no client would send.
import type { OutgoingHttpHeaders } from "node:http2";
import { connect } from "node:http2";
import { fromConnectError } from "@arcana/framework/rpc";
import { ConnectError } from "@connectrpc/connect";
import { errorFromJsonBytes } from "@connectrpc/connect/protocol-connect";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import { trailerParse } from "@connectrpc/connect/protocol-grpc-web";

export interface RawFailure {
  /** The gRPC status by its number. */
  readonly status: number;
  readonly reason: string;
  readonly message: string;
  /** All of the answer, for what it must not hold. */
  readonly text: string;
}

export interface RawCall {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

const login = "/arcana.auth.v1.AuthService/Login";
const noError = new ConnectError("an error was expected");

/** An envelope: the flags, the length that it announces, the message. */
export function frame(flags: number, message: Uint8Array, announced = message.length): Uint8Array {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(announced, 1);
  return Buffer.concat([head, message]);
}

export async function failGrpc(
  port: number,
  { path = login, headers = {}, body = frame(0, new Uint8Array()) }: RawCall,
): Promise<RawFailure> {
  const session = connect(`http://127.0.0.1:${port}`);
  try {
    const status = await new Promise<Headers>((resolve, reject) => {
      session.on("error", reject);
      const all: OutgoingHttpHeaders = { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers", ...headers };
      const stream = session.request(all);
      const collected = new Headers();
      const collect = (fields: object): void => {
        for (const [name, value] of Object.entries(fields)) if (!name.startsWith(":")) collected.append(name, String(value));
      };
      stream.on("response", collect).on("trailers", collect).on("error", reject);
      stream.on("close", () => resolve(collected)).resume();
      stream.end(body);
    });
    return failureOf(findTrailerError(status), [...status].join("\n"));
  } finally {
    session.close();
  }
}

export async function failGrpcWeb(
  port: number,
  { path = login, headers = {}, body = frame(0, new Uint8Array()) }: RawCall,
): Promise<RawFailure> {
  const bytes = await post(port, path, { "content-type": "application/grpc-web+proto", ...headers }, body);
  return failureOf(findTrailerError(trailerParse(bytes.subarray(5))), bytes.toString("latin1"));
}

export async function failConnect(port: number, { path = login, headers = {}, body = new Uint8Array() }: RawCall): Promise<RawFailure> {
  const bytes = await post(port, path, { "content-type": "application/proto", ...headers }, body);
  return failureOf(errorFromJsonBytes(bytes, undefined, noError), bytes.toString("utf8"));
}

async function post(port: number, path: string, headers: Readonly<Record<string, string>>, body: Uint8Array): Promise<Buffer> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: "POST",
    headers,
    body: Buffer.from(body),
    signal: AbortSignal.timeout(5000),
  });
  return Buffer.from(await response.arrayBuffer());
}

function failureOf(error: ConnectError | undefined, text: string): RawFailure {
  if (error === undefined) throw noError;
  const { reason, message } = fromConnectError(error);
  return { status: error.code, reason, message, text };
}
