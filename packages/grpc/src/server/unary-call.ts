/**
 * Unary calls. The usual one, whose message comes within one chunk and whose answer has no metadata, is decoded from that chunk and answered
 * by three frames written into the connection's output: no stream, no `Headers`, no buffer of its own.
 */
import type { Message } from "@bufbuild/protobuf";
import { Code, ConnectError, type UnaryRequest, type UnaryResponse } from "@connectrpc/connect";
import { decompressMessage } from "../grpc/compression.ts";
import { MessageReader, type MessageSink, PREFIX_BYTES, withPrefix } from "../grpc/message.ts";
import type { Stream } from "../http2/handler.ts";
import { okTrailersBlock, ServerCall } from "./call.ts";
import { adoptMetadata, CallContext, intercept, unaryRequest, unaryResponse } from "./call-context.ts";

export class UnaryCall extends ServerCall implements MessageSink {
  #message: Message | undefined = undefined;
  /** A compressed message, until the request has ended. */
  #packed: Buffer | undefined = undefined;
  /** Only where the message does not come in one piece. */
  #reader: MessageReader | undefined = undefined;

  onData(stream: Stream, chunk: Uint8Array, start: number, end: number, endStream: boolean): void {
    if (end > start) stream.consume(end - start);
    if (this.isOver) {
      this.stopRequest();
      return;
    }
    try {
      if (end > start && !this.#readWhole(chunk as Buffer, start, end)) this.#read(chunk, start, end);
      if (endStream) this.#requestEnded();
    } catch (error) {
      this.fail(error);
    }
  }

  onTrailers(): void {
    if (this.isOver) return;
    try {
      this.#requestEnded();
    } catch (error) {
      this.fail(error);
    }
  }

  /** A unary answer waits for nothing. */
  onWritable(): void {}

  onMessage(bytes: Buffer, start: number, end: number, compressed: boolean): void {
    if (this.#message !== undefined || this.#packed !== undefined)
      throw new ConnectError("more than one message in a unary request", Code.Unimplemented);
    if (compressed) this.#packed = Buffer.from(bytes.subarray(start, end));
    else this.#message = this.#decode(bytes, start, end);
  }

  /** @returns whether the piece is one whole message that is not compressed, the first of this call */
  #readWhole(chunk: Buffer, start: number, end: number): boolean {
    const length = end - start - PREFIX_BYTES;
    if (length < 0 || length > this.host.maxMessageBytes || chunk[start] !== 0) return false;
    if (chunk.readUInt32BE(start + 1) !== length) return false;
    if (this.#reader !== undefined || this.#message !== undefined) return false;
    this.#message = this.#decode(chunk, start + PREFIX_BYTES, end);
    return true;
  }

  #read(chunk: Uint8Array, start: number, end: number): void {
    this.#reader ??= new MessageReader(this.host.maxMessageBytes, this);
    this.#reader.push(chunk, start, end);
  }

  #decode(bytes: Buffer, start: number, end: number): Message {
    try {
      return this.head.codec.decoder.decode(bytes, start, end);
    } catch (error) {
      throw new ConnectError("the message cannot be decoded", Code.InvalidArgument, undefined, undefined, error);
    }
  }

  #requestEnded(): void {
    this.#reader?.finish();
    if (this.#message !== undefined) this.#run(this.#message);
    else if (this.#packed !== undefined) this.#unpack(this.#packed);
    else throw new ConnectError("a unary request without a message", Code.Unimplemented);
  }

  #unpack(packed: Buffer): void {
    this.#packed = undefined;
    this.#afterWork(decompressMessage(packed, this.head.compression, this.host.maxMessageBytes), (bytes) => {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      this.#run(this.#decode(buffer, 0, buffer.length));
    });
  }

  /** While a call is worked for it counts among the concurrent ones, though the client may have given it up. */
  #afterWork<T>(work: PromiseLike<T>, go: (value: T) => void): void {
    const { stream } = this;
    stream.hold();
    work.then(
      (value) => {
        try {
          if (!this.isOver) go(value);
        } catch (error) {
          this.fail(error);
        }
        stream.release();
      },
      (error: unknown) => {
        this.fail(error);
        stream.release();
      },
    );
  }

  #run(message: Message): void {
    const { method } = this.head;
    let returned: unknown;
    try {
      returned =
        method.interceptors.length === 0 ? method.implementation(message, new CallContext(this, undefined)) : this.#intercepted(message);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (isThenable(returned)) this.#afterWork(returned, (value) => this.#answer(value));
    else this.#answer(returned);
  }

  async #intercepted(message: Message): Promise<Message> {
    const { method } = this.head;
    let own: UnaryResponse | undefined;
    const run = intercept(async (request) => {
      const returned = await method.implementation(request.message, new CallContext(this, request));
      own = unaryResponse(this, method.toMessage(returned));
      return own;
    }, method.interceptors);
    const request: UnaryRequest = unaryRequest(this, message);
    const response = await run(request);
    adoptMetadata(this, response, own);
    return (response as UnaryResponse).message;
  }

  #answer(returned: unknown): void {
    if (this.isOver) return;
    try {
      const message = this.head.method.toMessage(returned);
      if (this.head.answerCompression === undefined) this.#send(message);
      else this.#sendCompressed(message);
    } catch (error) {
      this.fail(error);
    }
  }

  #send(message: Message): void {
    const { host, head, stream } = this;
    const { writer } = host;
    const length = writer.write(head.codec.encoder, message);
    if (this.responseHeaderIfAny === undefined && this.responseTrailerIfAny === undefined) {
      stream.sendUnary(head.answerBlock, writer.bytes, 0, length, okTrailersBlock);
    } else {
      this.sendHead();
      stream.sendCopy(writer.bytes, 0, length, false);
      this.sendSuccess();
    }
    this.#answered();
  }

  #sendCompressed(message: Message): void {
    const { host, head, stream } = this;
    const bytes = head.codec.encoder.encode(message);
    const { answerCompression } = head;
    if (answerCompression === undefined || bytes.length < host.rules.compressMinBytes) {
      this.#send(message);
      return;
    }
    this.#afterWork(answerCompression.compress(bytes), (packed) => {
      this.sendHead();
      stream.sendData(withPrefix(packed, true), 0, packed.length + PREFIX_BYTES, false);
      this.sendSuccess();
      this.#answered();
    });
  }

  #answered(): void {
    this.end(undefined);
    this.stopRequest();
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === "function";
}
