/** Calls with a stream of messages in one direction or both. The handler's pace is the client's: by flow control, both ways. */
import type { Message } from "@bufbuild/protobuf";
import { Code, ConnectError, type StreamRequest, type StreamResponse } from "@connectrpc/connect";
import { decompressMessage } from "../grpc/compression.ts";
import { MessageReader, type MessageSink, PREFIX_BYTES, withPrefix } from "../grpc/message.ts";
import type { Stream } from "../http2/handler.ts";
import type { HeaderBlock } from "../http2/header-block.ts";
import { ServerCall } from "./call.ts";
import { adoptMetadata, CallContext, intercept, streamRequest, streamResponse } from "./call-context.ts";
import type { CallHost } from "./call-host.ts";
import { MessageQueue } from "./message-queue.ts";
import type { RequestHead } from "./request-head.ts";

/** After so many messages without a pause others get their turn: a generator need not wait for anything. */
const MESSAGES_A_TURN = 128;

export class StreamingCall extends ServerCall implements MessageSink {
  readonly #requests: MessageQueue;
  readonly #reader: MessageReader;
  /** Bytes that have come, that were given back, and that messages take up which nobody has taken yet. */
  #received = 0;
  #consumed = 0;
  #owed = 0;
  /** Lets the sender go on. */
  #resume: (() => void) | undefined = undefined;
  #isWritable = true;

  constructor(stream: Stream, block: HeaderBlock, head: RequestHead, host: CallHost) {
    super(stream, block, head, host);
    this.#requests = new MessageQueue((bytes) => this.#taken(bytes));
    this.#reader = new MessageReader(host.maxMessageBytes, this);
  }

  /** Calls the handler. */
  start(): void {
    const { stream } = this;
    stream.hold();
    this.#run().then(
      () => stream.release(),
      (error: unknown) => {
        this.fail(error);
        stream.release();
      },
    );
  }

  onData(_stream: Stream, chunk: Uint8Array, start: number, end: number, endStream: boolean): void {
    this.#received += end - start;
    if (!this.isOver) {
      try {
        this.#reader.push(chunk, start, end);
        if (endStream) this.onTrailers();
      } catch (error) {
        this.fail(error);
      }
    }
    this.#giveBack();
    if (this.isOver) this.stopRequest();
  }

  onTrailers(): void {
    if (this.isOver) return;
    try {
      this.#reader.finish();
      this.#requests.end();
    } catch (error) {
      this.fail(error);
    }
  }

  onWritable(): void {
    this.#isWritable = true;
    this.#wake();
  }

  onMessage(bytes: Buffer, start: number, end: number, compressed: boolean): void {
    const size = end - start + PREFIX_BYTES;
    this.#owed += size;
    this.#requests.push(compressed ? this.#packed(Buffer.from(bytes.subarray(start, end))) : this.#decode(bytes, start, end), size);
  }

  protected override end(reason: unknown): void {
    if (this.isOver) return;
    super.end(reason);
    this.#requests.fail(reason ?? new ConnectError("the call has ended", Code.Canceled));
    this.#wake();
  }

  #taken(bytes: number): void {
    this.#owed -= bytes;
    this.#giveBack();
  }

  /** A message that comes in pieces is given back as it comes, for it may be greater than the window; then not again. */
  #giveBack(): void {
    const due = this.#received - this.#owed - this.#consumed;
    if (due <= 0) return;
    this.#consumed += due;
    this.stream.consume(due);
  }

  #wake(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }

  #decode(bytes: Buffer, start: number, end: number): Message {
    try {
      return this.head.codec.decoder.decode(bytes, start, end);
    } catch (error) {
      throw new ConnectError("the message cannot be decoded", Code.InvalidArgument, undefined, undefined, error);
    }
  }

  /** Decompressed when the handler gets to it: what waits stays small. */
  #packed(bytes: Buffer): () => Promise<Message> {
    return async () => {
      const unpacked = await decompressMessage(bytes, this.head.compression, this.host.maxMessageBytes);
      const buffer = Buffer.from(unpacked.buffer, unpacked.byteOffset, unpacked.length);
      return this.#decode(buffer, 0, buffer.length);
    };
  }

  async #run(): Promise<void> {
    const { interceptors } = this.head.method;
    let own: StreamResponse | undefined;
    const run = intercept(async (request) => {
      own = streamResponse(this, await this.#invoke(request as StreamRequest));
      return own;
    }, interceptors);
    const response = (await run(streamRequest(this, this.#requests))) as StreamResponse;
    adoptMetadata(this, response, own);
    await this.#sendAll(response.message);
    if (this.isOver) return;
    // Interceptors may set trailers until the last message is through.
    adoptMetadata(this, response, own);
    if (!this.headSent) this.sendHead();
    this.sendSuccess();
    this.end(undefined);
    this.stopRequest();
  }

  async #invoke(request: StreamRequest): Promise<AsyncIterable<Message>> {
    const { method } = this.head;
    const context = new CallContext(this, method.interceptors.length === 0 ? undefined : request);
    const input = method.takesOne ? await single(request.message) : request.message;
    const returned = method.implementation(input, context);
    if (method.givesOne) return only(method.toMessage(await returned));
    return returned as AsyncIterable<Message>;
  }

  /** Sends each message, at the pace at which the client takes them. */
  async #sendAll(messages: AsyncIterable<Message>): Promise<void> {
    let untilPause = MESSAGES_A_TURN;
    // Leaving the loop ends the handler's generator.
    for await (const message of messages) {
      if (this.isOver) return;
      await this.#send(this.head.method.toMessage(message));
      if (!this.isOver && --untilPause === 0) {
        untilPause = MESSAGES_A_TURN;
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (!this.#isWritable && !this.isOver) await this.#writable();
      if (this.isOver) return;
    }
  }

  async #send(message: Message): Promise<void> {
    const { head, host, stream } = this;
    const { answerCompression, codec } = head;
    if (!this.headSent) this.sendHead();
    if (answerCompression !== undefined) {
      const bytes = codec.encoder.encode(message);
      if (bytes.length >= host.rules.compressMinBytes) {
        const packed = await answerCompression.compress(bytes);
        if (!this.isOver) this.#isWritable = stream.sendData(withPrefix(packed, true), 0, packed.length + PREFIX_BYTES, false);
        return;
      }
    }
    const length = host.writer.write(codec.encoder, message);
    this.#isWritable = stream.sendCopy(host.writer.bytes, 0, length, false);
  }

  #writable(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#resume = resolve;
    return promise;
  }
}

/** The one message of a request that has one. */
async function single(messages: AsyncIterable<Message>): Promise<Message> {
  let found: Message | undefined;
  for await (const message of messages) {
    if (found !== undefined) throw new ConnectError("more than one message where the method takes one", Code.Unimplemented);
    found = message;
  }
  if (found === undefined) throw new ConnectError("a request without a message", Code.Unimplemented);
  return found;
}

async function* only(message: Message): AsyncGenerator<Message> {
  yield message;
}
