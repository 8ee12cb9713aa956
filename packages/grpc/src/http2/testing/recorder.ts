/** Handlers that write down what they are told. */
import type { ConnectionError } from "../error-code.ts";
import { errorCodeName } from "../error-code.ts";
import type { ClientHandler, Connection, ResetOrigin, ServerHandler, Stream, StreamHandler } from "../handler.ts";
import type { HeaderBlock } from "../header-block.ts";

/** Everything in order, each in a line: `onData 1 abc`, `onReset 3 CANCEL peer` … */
export class Recorder implements StreamHandler, ServerHandler, ClientHandler {
  readonly events: string[] = [];
  readonly streams = new Map<number, Stream>();
  readonly heads = new Map<number, HeaderBlock>();
  readonly trailers = new Map<number, HeaderBlock>();
  readonly bodies = new Map<number, Buffer[]>();
  readonly errors: unknown[] = [];
  /** Whether what comes is consumed at once. */
  consumes = true;
  closed = false;
  closedWith: ConnectionError | undefined;
  /** Called with each stream when its head has come, and when its last byte has. */
  readonly onOpened: (stream: Stream) => void;
  readonly onEnded: (stream: Stream) => void;

  constructor(reactions: { readonly opened?: (stream: Stream) => void; readonly ended?: (stream: Stream) => void } = {}) {
    this.onOpened = reactions.opened ?? (() => {});
    this.onEnded = reactions.ended ?? (() => {});
  }

  body(streamId: number): Buffer {
    return Buffer.concat(this.bodies.get(streamId) ?? []);
  }

  /** The events of one stream. */
  of(streamId: number): string[] {
    return this.events.filter((event) => event.split(" ")[1] === String(streamId));
  }

  onStream(stream: Stream, headers: HeaderBlock, endStream: boolean): StreamHandler {
    this.#note("onStream", stream.id, headers.path ?? "", endStream ? "end" : "");
    this.streams.set(stream.id, stream);
    this.heads.set(stream.id, headers);
    this.onOpened(stream);
    if (endStream) this.onEnded(stream);
    return this;
  }

  onHeaders(stream: Stream, headers: HeaderBlock, endStream: boolean): void {
    this.#note("onHeaders", stream.id, headers.status ?? "", endStream ? "end" : "");
    this.heads.set(stream.id, headers);
  }

  onData(stream: Stream, chunk: Uint8Array, start: number, end: number, endStream: boolean): void {
    this.#note("onData", stream.id, String(end - start), endStream ? "end" : "");
    const pieces = this.bodies.get(stream.id) ?? [];
    pieces.push(Buffer.from(chunk.subarray(start, end)));
    this.bodies.set(stream.id, pieces);
    if (this.consumes) stream.consume(end - start);
    if (endStream) this.onEnded(stream);
  }

  onTrailers(stream: Stream, trailers: HeaderBlock): void {
    this.#note("onTrailers", stream.id);
    this.trailers.set(stream.id, trailers);
    this.onEnded(stream);
  }

  onReset(stream: Stream, code: number, origin: ResetOrigin): void {
    this.#note("onReset", stream.id, errorCodeName(code), origin);
  }

  onWritable(stream: Stream): void {
    this.#note("onWritable", stream.id);
  }

  onClose(subject: Stream | Connection, error?: ConnectionError): void {
    if ("id" in subject) this.#note("onClose", subject.id);
    else {
      this.closed = true;
      this.closedWith = error;
      this.events.push(`closed ${error === undefined ? "" : errorCodeName(error.code)}`.trim());
    }
  }

  onReady(): void {
    this.events.push("ready");
  }

  onCapacity(): void {
    this.events.push("capacity");
  }

  onGoaway(_connection: Connection, code: number, debug: string): void {
    this.events.push(`goaway ${errorCodeName(code)} ${debug}`.trim());
  }

  onError(_connection: Connection, error: unknown): void {
    this.errors.push(error);
  }

  #note(event: string, streamId: number, ...more: readonly string[]): void {
    this.events.push([event, streamId, ...more.filter((word) => word !== "")].join(" "));
  }
}
