/** Makes calls of a connection's streams. */
import { trailersOnly } from "../grpc/headers.ts";
import { errorTrailers } from "../grpc/status.ts";
import { ErrorCode } from "../http2/error-code.ts";
import type { Connection, ServerHandler, Stream, StreamHandler } from "../http2/handler.ts";
import type { HeaderBlock } from "../http2/header-block.ts";
import type { CallHost } from "./call-host.ts";
import { acceptedField, RefusedRequest, readHead } from "./request-head.ts";
import { StreamingCall } from "./streaming-call.ts";
import { UnaryCall } from "./unary-call.ts";

/** Serves the calls of all connections of a server: what belongs to one of them is in its streams. */
export class ConnectionCalls implements ServerHandler {
  readonly #host: CallHost;
  readonly #onClose: (connection: Connection) => void;

  constructor(host: CallHost, onClose: (connection: Connection) => void) {
    this.#host = host;
    this.#onClose = onClose;
  }

  onStream(stream: Stream, block: HeaderBlock, endStream: boolean): StreamHandler {
    const head = readHead(block, this.#host.rules);
    if (head instanceof RefusedRequest) return this.#refuse(stream, head);
    const call = head.method.isUnary ? new UnaryCall(stream, block, head, this.#host) : new StreamingCall(stream, block, head, this.#host);
    if (call instanceof StreamingCall) call.start();
    if (endStream) call.onTrailers();
    return call;
  }

  onReady(): void {}
  onGoaway(): void {}

  onClose(connection: Connection): void {
    this.#onClose(connection);
  }

  onError(_connection: Connection, error: unknown): void {
    this.#host.onError(error);
  }

  #refuse(stream: Stream, { refusal, error, format }: RefusedRequest): StreamHandler {
    const answer = refusal ?? [...trailersOnly(format, errorTrailers(error)), ...acceptedField(error, this.#host.rules)];
    stream.sendHeaderList(answer, true);
    if (stream.state === "half-closed (local)") stream.reset(ErrorCode.NO_ERROR);
    return unheard;
  }
}

/** For what still comes on a stream that was refused. */
const unheard: StreamHandler = {
  onHeaders() {},
  onData: (stream, _chunk, start, end) => stream.consume(end - start),
  onTrailers() {},
  onReset() {},
  onWritable() {},
  onClose() {},
};
