/** A call from its beginning to its status, over as many attempts as it takes. */
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { codeFromErrorCode } from "../grpc/code-mapping.ts";
import { type Compression, findCompression } from "../grpc/compression.ts";
import { Expiring } from "../grpc/deadline.ts";
import { callHeaders, responseError } from "../grpc/headers.ts";
import { MessageReader, type MessageSink } from "../grpc/message.ts";
import { findStatus, statusError } from "../grpc/status.ts";
import type { Timer } from "../http2/clock.ts";
import { ErrorCode, errorCodeName } from "../http2/error-code.ts";
import type { ClientConnection, HeaderList, ResetOrigin, Stream, StreamHandler } from "../http2/handler.ts";
import type { HeaderBlock } from "../http2/header-block.ts";
import type { AnyMethodCalls, CallContext } from "./call-context.ts";
import type { Caller } from "./channel.ts";
import { type Pushback, parsePushback, retryDelayMs } from "./retry-policy.ts";

/** What the caller says about one call. */
export interface CallOptions {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
  readonly metadata: Headers | undefined;
  readonly waitForReady: boolean;
}

export abstract class Call extends Expiring implements StreamHandler, MessageSink, Caller {
  readonly waitForReady: boolean;
  /** The head of the answer, when it has come: from then on the call is not made again. */
  head: HeaderBlock | undefined;
  trailers: HeaderBlock | undefined;
  isOver = false;

  protected readonly context: CallContext;
  protected readonly method: AnyMethodCalls;
  protected stream: Stream | undefined;
  /** What the answer is compressed with. */
  protected compression: Compression | undefined;
  /** The call cannot be made again, because what was sent is no longer there. */
  protected isCommitted = false;

  readonly #options: CallOptions;
  #reader: MessageReader;
  /** Attempts that the server may have seen. */
  #attempts = 0;
  #wasRefused = false;
  #retryTimer: Timer | undefined;
  readonly #onAbort = (): void => this.cancel(abortError(this.#options.signal?.reason));

  constructor(context: CallContext, method: AnyMethodCalls, options: CallOptions) {
    super();
    this.context = context;
    this.method = method;
    this.waitForReady = options.waitForReady;
    this.#options = options;
    this.#reader = new MessageReader(context.readMaxBytes, this);
  }

  /** Sends what there is to send, on a stream that has just been opened. */
  protected abstract send(stream: Stream): void;
  /** The head of the answer has come. */
  protected abstract onHead(): void;
  /** A message has come as it is. */
  protected abstract onPlain(bytes: Buffer, start: number, end: number): void;
  /** A message has come that is compressed; the bytes are the receiver's. */
  protected abstract onCompressed(bytes: Uint8Array): void;
  /** So many bytes of the answer have been read. */
  protected abstract onRead(stream: Stream, bytes: number): void;
  /** The call is over. @param isLocal this side has ended it: what has come is of no interest */
  protected abstract onOver(error: ConnectError | undefined, isLocal: boolean): void;
  abstract onWritable(stream: Stream): void;

  /** Starts the clock, and then the call as soon as there is a connection. */
  begin(): void {
    const { signal, timeoutMs } = this.#options;
    if (signal?.aborted === true) {
      this.cancel(abortError(signal.reason));
      return;
    }
    if (timeoutMs !== undefined) this.context.deadlines.add(this, timeoutMs);
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    this.proceed();
  }

  /** Asks for a connection. */
  protected proceed(): void {
    if (!this.isOver) this.context.channel.begin(this);
  }

  start(connection: ClientConnection): boolean {
    if (this.isOver) return true;
    try {
      const stream = connection.openStream(this.method.fixed, this.#headers(), false, this);
      if (stream === undefined) return false;
      this.stream = stream;
      this.#attempts++;
      this.send(stream);
    } catch (error) {
      this.cancel(ConnectError.from(error, Code.Internal));
    }
    return true;
  }

  refuse(error: ConnectError): void {
    this.finish(error, false);
  }

  expire(): void {
    const where =
      this.stream === undefined ? " before there was a connection" : this.head === undefined ? " before the server answered" : "";
    this.cancel(new ConnectError(`the deadline of ${this.#options.timeoutMs} ms has passed${where}`, Code.DeadlineExceeded));
  }

  /** Ends the call from this side: the server is told by RST_STREAM. */
  cancel(error: ConnectError): void {
    this.finish(error, true);
  }

  #headers(): HeaderList {
    const { timeoutMs, metadata } = this.#options;
    const leftMs = timeoutMs === undefined ? undefined : Math.max(0, this.expiresAtMs - this.context.clock.monotonicMs());
    const list = callHeaders(leftMs, metadata);
    return this.#attempts === 0 ? list : [...list, "grpc-previous-rpc-attempts", String(this.#attempts)];
  }

  // What the server sends.

  onHeaders(stream: Stream, block: HeaderBlock, endStream: boolean): void {
    if (stream !== this.stream || this.isOver) return;
    if (endStream) {
      this.#onStatus(block);
      return;
    }
    const error = responseError(block, this.context.format);
    if (error !== undefined) {
      this.#attemptFailed(error, undefined);
      return;
    }
    try {
      this.compression = findCompression(block.find("grpc-encoding"), this.context.acceptCompression);
    } catch (unsupported) {
      this.cancel(ConnectError.from(unsupported, Code.Internal));
      return;
    }
    this.head = block;
    this.isCommitted = true;
    this.onHead();
  }

  onData(stream: Stream, chunk: Uint8Array, start: number, end: number, endStream: boolean): void {
    if (stream !== this.stream || this.isOver) {
      stream.consume(end - start);
      return;
    }
    try {
      this.#reader.push(chunk, start, end);
      this.onRead(stream, end - start);
      if (endStream && !this.isOver) throw new ConnectError("the answer ended without grpc-status", Code.Unknown);
    } catch (error) {
      this.cancel(ConnectError.from(error, Code.Internal));
    }
  }

  onMessage(bytes: Buffer, start: number, end: number, compressed: boolean): void {
    if (this.isOver) return;
    if (!compressed) this.onPlain(bytes, start, end);
    else if (this.compression === undefined) throw new ConnectError("a compressed message without grpc-encoding", Code.Internal);
    else this.onCompressed(Uint8Array.prototype.slice.call(bytes, start, end));
  }

  onTrailers(stream: Stream, block: HeaderBlock): void {
    if (stream === this.stream && !this.isOver) this.#onStatus(block);
  }

  onReset(stream: Stream, code: number, origin: ResetOrigin): void {
    if (stream !== this.stream || this.isOver) return;
    this.stream = undefined;
    if (origin === "unprocessed" && !this.#wasRefused && this.head === undefined && !this.isCommitted) {
      // The server has not looked at it: once more, at once (gRFC A6, "Transparent Retries").
      this.#wasRefused = true;
      this.#attempts--;
      this.#reset();
      this.proceed();
      return;
    }
    this.#attemptFailed(resetError(code, origin), undefined);
  }

  onClose(): void {
    this.context.channel.onRoom();
  }

  #onStatus(block: HeaderBlock): void {
    const status = findStatus(block);
    if (status === undefined) {
      const error = this.head === undefined ? responseError(block, this.context.format) : undefined;
      this.#attemptFailed(error ?? new ConnectError("the answer ended without grpc-status", Code.Unknown), undefined);
      return;
    }
    const fields = this.head === undefined ? block.fields : [...this.head.fields, ...block.fields];
    const error = status.code === 0 ? undefined : statusError(status, fields);
    this.trailers = block;
    if (error !== undefined) this.#attemptFailed(error, parsePushback(block.find("grpc-retry-pushback-ms")));
    else this.#succeeded();
  }

  #succeeded(): void {
    try {
      this.#reader.finish();
    } catch (error) {
      this.cancel(ConnectError.from(error, Code.Internal));
      return;
    }
    this.context.throttle?.succeeded();
    this.finish(undefined, false);
  }

  // Attempts.

  #attemptFailed(error: ConnectError, pushback: Pushback): void {
    const delayMs = this.#retryDelay(error, pushback);
    if (delayMs === undefined) {
      this.finish(error, false);
      return;
    }
    this.stream?.reset(ErrorCode.CANCEL);
    this.stream = undefined;
    this.#reset();
    this.#retryTimer = this.context.clock.after(delayMs, () => this.proceed());
  }

  #retryDelay(error: ConnectError, pushback: Pushback): number | undefined {
    const { retry } = this.method;
    const { throttle, random } = this.context;
    if (retry === undefined) return undefined;
    if (pushback === "never" || retry.retryableCodes.includes(error.code)) throttle?.failed();
    if (this.isCommitted || throttle?.allowsRetry === false) return undefined;
    return retryDelayMs(retry, this.#attempts, error.code, pushback, random());
  }

  #reset(): void {
    this.#reader = new MessageReader(this.context.readMaxBytes, this);
    this.trailers = undefined;
  }

  protected finish(error: ConnectError | undefined, isLocal: boolean): void {
    if (this.isOver) return;
    this.isOver = true;
    const { channel, deadlines } = this.context;
    deadlines.remove(this);
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#retryTimer?.cancel();
    channel.forget(this);
    // Also where the server has ended the call and does not want the rest of the requests.
    if (this.stream !== undefined && this.stream.state !== "closed")
      this.stream.reset(error === undefined ? ErrorCode.NO_ERROR : ErrorCode.CANCEL);
    this.onOver(error, isLocal);
  }
}

/** What a message of the answer is, once it is decompressed. */
export async function decompressed(
  bytes: Uint8Array,
  compression: Compression,
  method: AnyMethodCalls,
  maxBytes: number,
): Promise<MessageShape<DescMessage>> {
  const plain = await compression.decompress(bytes, maxBytes);
  return method.decoder.decode(Buffer.from(plain.buffer, plain.byteOffset, plain.length), 0, plain.length);
}

function resetError(code: number, origin: ResetOrigin): ConnectError {
  if (origin === "connection")
    return new ConnectError(`the connection ended before the call did (${errorCodeName(code)})`, Code.Unavailable);
  if (origin === "local") return new ConnectError(`the server broke the rules of HTTP/2 (${errorCodeName(code)})`, Code.Internal);
  return new ConnectError(`the server has reset the call (${errorCodeName(code)})`, codeFromErrorCode(code));
}

function abortError(reason: unknown): ConnectError {
  if (reason instanceof Error && reason.name === "TimeoutError") return new ConnectError(reason.message, Code.DeadlineExceeded);
  return ConnectError.from(reason, Code.Canceled);
}
