/** What unary and streaming calls have in common: metadata, deadline, cancellation, and the one way to fail. */
import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError, type ContextValues, createContextValues } from "@connectrpc/connect";
import { codeFromErrorCode } from "../grpc/code-mapping.ts";
import { Expiring } from "../grpc/deadline.ts";
import { responseHeaders, trailersOnly } from "../grpc/headers.ts";
import { toHeaders } from "../grpc/metadata.ts";
import { errorTrailers, okTrailers, successTrailers } from "../grpc/status.ts";
import { ErrorCode } from "../http2/error-code.ts";
import type { HeaderList, ResetOrigin, Stream, StreamHandler } from "../http2/handler.ts";
import type { HeaderBlock } from "../http2/header-block.ts";
import { encodeStateless } from "../http2/hpack/encoder.ts";
import type { Abortable, CallHost } from "./call-host.ts";
import type { RequestHead } from "./request-head.ts";

/** A call on its way in, for what is decided before its handler runs. */
export interface IncomingCall {
  readonly method: DescMethod;
  readonly requestHeader: Headers;
  readonly url: string;
}

/** The trailers of a call that went well, encoded. */
export const okTrailersBlock: Uint8Array = encodeStateless(okTrailers);

export abstract class ServerCall extends Expiring implements StreamHandler, IncomingCall, Abortable {
  readonly stream: Stream;
  readonly head: RequestHead;
  readonly host: CallHost;
  responseHeaderIfAny: Headers | undefined = undefined;
  responseTrailerIfAny: Headers | undefined = undefined;
  /** The call has been answered or given up: nothing is sent any more. */
  isOver = false;
  protected headSent = false;
  readonly #block: HeaderBlock;
  #requestHeader: Headers | undefined = undefined;
  #values: ContextValues | undefined = undefined;
  #controller: AbortController | undefined = undefined;
  /** Why the call has ended, for a signal that is asked for later. */
  #reason: unknown = undefined;

  constructor(stream: Stream, block: HeaderBlock, head: RequestHead, host: CallHost) {
    super();
    this.stream = stream;
    this.head = head;
    this.host = host;
    this.#block = block;
    if (head.timeoutMs >= 0) host.deadlines.add(this, head.timeoutMs);
  }

  abstract onData(stream: Stream, chunk: Uint8Array, start: number, end: number, endStream: boolean): void;
  abstract onTrailers(stream: Stream, trailers: HeaderBlock): void;
  abstract onWritable(stream: Stream): void;

  /** Only clients hear of it. */
  onHeaders(): void {}

  // What handlers and interceptors see. Everything is made when it is asked for: most handlers ask for little of it.

  get method(): DescMethod {
    return this.head.method.desc;
  }

  get requestHeader(): Headers {
    this.#requestHeader ??= toHeaders(this.#block.fields);
    return this.#requestHeader;
  }

  get responseHeader(): Headers {
    this.responseHeaderIfAny ??= new Headers();
    return this.responseHeaderIfAny;
  }

  get responseTrailer(): Headers {
    this.responseTrailerIfAny ??= new Headers();
    return this.responseTrailerIfAny;
  }

  get url(): string {
    const { scheme, authority, path } = this.#block;
    return `${scheme ?? "http"}://${authority ?? "localhost"}${path ?? "/"}`;
  }

  get values(): ContextValues {
    this.#values ??= this.host.contextValues?.(this) ?? createContextValues();
    return this.#values;
  }

  /** Aborted when the call has ended, in whatever way, and when the server shuts down. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const { shutdownSignal, listeners } = this.host;
      this.#controller = new AbortController();
      if (this.isOver) this.#controller.abort(this.#reason);
      else if (shutdownSignal?.aborted) this.#controller.abort(shutdownSignal.reason);
      else listeners.add(this);
    }
    return this.#controller.signal;
  }

  /** What is left of the deadline; undefined where there is none. Below zero where it has passed. */
  timeoutMs(): number | undefined {
    return this.head.timeoutMs < 0 ? undefined : this.expiresAtMs - this.host.clock.monotonicMs();
  }

  abort(reason: unknown): void {
    this.#controller?.abort(reason);
  }

  // How calls end.

  expire(): void {
    this.fail(new ConnectError("the deadline has passed", Code.DeadlineExceeded));
  }

  onReset(_stream: Stream, code: number, origin: ResetOrigin): void {
    // Whatever code a client gives up with, it has given up; and so it has where its connection is lost.
    const gaveUp = origin === "peer" || origin === "connection";
    const text = gaveUp ? "the client has canceled the call" : "the call was malformed";
    this.end(new ConnectError(text, gaveUp ? Code.Canceled : codeFromErrorCode(code)));
  }

  onClose(): void {
    this.end(ended);
  }

  /** Answers with the error, once: what comes later is dropped. */
  fail(thrown: unknown): void {
    if (this.isOver) return;
    const error = this.#errorFor(thrown);
    try {
      this.#sendError(error);
    } catch (cause) {
      // What the error brought along cannot be sent: then it goes without.
      this.host.onError(cause);
      this.#sendTrailers(errorTrailers(new ConnectError("", error.code)));
    }
    this.end(error);
    this.stopRequest();
  }

  /** The call is over: whoever waits for its signal hears it. */
  protected end(reason: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#reason = reason;
    if (this.head.timeoutMs >= 0) this.host.deadlines.remove(this);
    if (this.#controller === undefined) return;
    this.host.listeners.delete(this);
    this.#controller.abort(reason);
  }

  /** The call is answered: RFC 9113 §8.1 has a server that does not want the rest of a request say so. */
  protected stopRequest(): void {
    if (this.stream.state === "half-closed (local)") this.stream.reset(ErrorCode.NO_ERROR);
  }

  /** Sends the answer's head, with the metadata that the handler has set by now. */
  protected sendHead(): void {
    const { head, responseHeaderIfAny } = this;
    const list = responseHeaderIfAny && responseHeaders(head.format, head.answerCompression?.name, undefined, responseHeaderIfAny);
    if (list === undefined) this.stream.sendHeaders(head.answerBlock, false);
    else this.stream.sendHeaderList(list, false);
    this.headSent = true;
  }

  /** Sends the trailers of a call that went well. */
  protected sendSuccess(): void {
    const list = this.responseTrailerIfAny === undefined ? okTrailers : successTrailers(this.responseTrailerIfAny);
    if (list === okTrailers) this.stream.sendTrailers(okTrailersBlock);
    else this.stream.sendTrailerList(list);
  }

  #sendError(error: ConnectError): void {
    const trailers = errorTrailers(error, this.responseTrailerIfAny);
    if (!this.headSent && this.responseHeaderIfAny !== undefined) this.sendHead();
    this.#sendTrailers(trailers);
  }

  #sendTrailers(trailers: HeaderList): void {
    if (this.headSent) this.stream.sendTrailerList(trailers);
    else this.stream.sendHeaderList(trailersOnly(this.head.format, trailers), true);
  }

  /** Only what was made for clients goes to clients. */
  #errorFor(thrown: unknown): ConnectError {
    if (thrown instanceof ConnectError) return thrown;
    if (thrown instanceof Error && thrown.name === "AbortError") return ConnectError.from(thrown, Code.Canceled);
    this.host.onError(thrown);
    return new ConnectError("internal error", Code.Internal);
  }
}

const ended = new ConnectError("the call has ended", Code.Canceled);
