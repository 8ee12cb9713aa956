/** A call with any number of requests and answers. */
import { create, type DescMessage, type MessageInitShape, type MessageShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { withPrefix } from "../grpc/message.ts";
import type { Stream } from "../http2/handler.ts";
import { Call, type CallOptions, decompressed } from "./call.ts";
import type { AnyMethodCalls, CallContext } from "./call-context.ts";

type Message = MessageShape<DescMessage>;
type Request = MessageInitShape<DescMessage>;

/** Answers that wait for their reader, above which the server is held back. */
const HELD_BACK_BYTES = 65_536;
const nothing = Buffer.alloc(0);

interface Reader {
  readonly resolve: (result: IteratorResult<Message>) => void;
  readonly reject: (error: ConnectError) => void;
}

/** The answers are its iterable; what is asked is read from `requests` as the server takes it. */
export class StreamingCall extends Call implements AsyncIterable<Message> {
  readonly #requests: AsyncIterator<Request>;
  readonly #onAnswered: (error: ConnectError | undefined) => void;

  // Requests. What has been sent is kept as long as the call may have to be made again.
  #sent: Buffer[] = [];
  #sentBytes = 0;
  #requestsEnded = false;
  #isPumping = false;
  #wake: (() => void) | undefined;

  // Answers: as they came, with what they took on the wire.
  readonly #answers: (Message | Promise<Message>)[] = [];
  readonly #sizes: number[] = [];
  #waitingBytes = 0;
  #heldBackBytes = 0;
  readonly #readers: Reader[] = [];
  #error: ConnectError | undefined;

  /** @param onAnswered called once: with the head of the answer, or the error that comes instead of it */
  constructor(
    context: CallContext,
    method: AnyMethodCalls,
    options: CallOptions,
    requests: AsyncIterable<Request>,
    onAnswered: (error: ConnectError | undefined) => void,
  ) {
    super(context, method, options);
    this.#requests = requests[Symbol.asyncIterator]();
    this.#onAnswered = onAnswered;
  }

  // Requests.

  protected send(stream: Stream): void {
    for (const bytes of this.#sent) stream.sendCopy(bytes, 0, bytes.length, false);
    if (this.#requestsEnded) stream.sendData(nothing, 0, 0, true);
    this.#wake?.();
    if (this.#isPumping) return;
    this.#isPumping = true;
    this.#pump().catch((error) => this.cancel(ConnectError.from(error)));
  }

  async #pump(): Promise<void> {
    while (!this.isOver) {
      const { done, value } = await this.#requests.next();
      if (this.isOver) return;
      if (done === true) break;
      const bytes = await this.#encode(value);
      while (!this.#hasRoom()) await new Promise<void>((resolve) => (this.#wake = resolve));
      if (this.isOver) return;
      this.#sendMessage(bytes);
    }
    this.#requestsEnded = true;
    this.stream?.sendData(nothing, 0, 0, true);
  }

  async #encode(request: Request): Promise<Buffer> {
    const { writer, sendCompression, compressMinBytes } = this.context;
    const end = writer.write(this.method.encoder, create(this.method.input, request));
    const whole = Buffer.from(writer.bytes.subarray(0, end));
    if (sendCompression === undefined || whole.length - 5 < compressMinBytes) return whole;
    return withPrefix(await sendCompression.compress(whole.subarray(5)), true);
  }

  /** While there is no stream, requests wait; while one is full, too. */
  #hasRoom(): boolean {
    return this.isOver || (this.stream !== undefined && this.stream.queuedBytes < HELD_BACK_BYTES);
  }

  #sendMessage(bytes: Buffer): void {
    this.#keep(bytes);
    this.stream?.sendData(bytes, 0, bytes.length, false);
  }

  /** More than a call may keep commits it to the attempt that runs (gRFC A6, "Memory Management (Buffering)"). */
  #keep(bytes: Buffer): void {
    if (this.isCommitted) return;
    this.#sentBytes += bytes.length;
    if (this.#sentBytes > this.context.replayBytes) this.#commit();
    else this.#sent.push(bytes);
  }

  #commit(): void {
    this.isCommitted = true;
    this.#sent = [];
  }

  onWritable(): void {
    this.#wake?.();
  }

  // Answers.

  protected onHead(): void {
    this.#commit();
    this.#onAnswered(undefined);
  }

  protected onPlain(bytes: Buffer, start: number, end: number): void {
    this.#take(this.method.decoder.decode(bytes, start, end), end - start);
  }

  protected onCompressed(bytes: Uint8Array): void {
    if (this.compression === undefined) return;
    const answer = decompressed(bytes, this.compression, this.method, this.context.readMaxBytes);
    // Its reader hears of what goes wrong.
    answer.catch(() => {});
    this.#take(answer, bytes.length);
  }

  #take(answer: Message | Promise<Message>, bytes: number): void {
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      this.#hand(answer, reader);
      return;
    }
    this.#answers.push(answer);
    this.#sizes.push(bytes);
    this.#waitingBytes += bytes;
  }

  #hand(answer: Message | Promise<Message>, { resolve, reject }: Reader): void {
    if (!(answer instanceof Promise)) {
      resolve({ done: false, value: answer });
      return;
    }
    const fail = (fault: unknown): void => {
      const error = ConnectError.from(fault, Code.Internal);
      this.cancel(error);
      reject(error);
    };
    answer.then((value) => resolve({ done: false, value }), fail);
  }

  /** Gives the server room as long as the reader keeps up; without a whole message waiting there is always room, so that the next can be completed. */
  protected onRead(stream: Stream, bytes: number): void {
    if (this.#waitingBytes <= HELD_BACK_BYTES) stream.consume(bytes);
    else this.#heldBackBytes += bytes;
  }

  #read(): Promise<IteratorResult<Message>> {
    const answer = this.#answers.shift();
    if (answer !== undefined) {
      this.#waitingBytes -= this.#sizes.shift() ?? 0;
      if (this.#heldBackBytes > 0 && this.#waitingBytes <= HELD_BACK_BYTES / 2) {
        this.stream?.consume(this.#heldBackBytes);
        this.#heldBackBytes = 0;
      }
      return new Promise((resolve, reject) => this.#hand(answer, { resolve, reject }));
    }
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.isOver) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  [Symbol.asyncIterator](): AsyncIterator<Message> {
    return {
      next: () => this.#read(),
      return: () => {
        this.cancel(new ConnectError("the answers are not read any more", Code.Canceled));
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  protected onOver(error: ConnectError | undefined, isLocal: boolean): void {
    this.#error = error;
    this.#sent = [];
    this.#wake?.();
    if (isLocal) this.#answers.length = 0;
    // A generator that waits within itself ends when it can: nobody waits for it.
    this.#requests.return?.().catch(() => {});
    if (this.head === undefined) this.#onAnswered(error);
    for (const { resolve, reject } of this.#readers.splice(0)) {
      if (error !== undefined) reject(error);
      else resolve({ done: true, value: undefined });
    }
  }
}
