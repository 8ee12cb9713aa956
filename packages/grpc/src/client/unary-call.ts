/** A call with one request and one answer. */
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { withPrefix } from "../grpc/message.ts";
import type { Stream } from "../http2/handler.ts";
import { Call, type CallOptions, decompressed } from "./call.ts";
import type { AnyMethodCalls, CallContext } from "./call-context.ts";

type Answer = MessageShape<DescMessage>;

export class UnaryCall extends Call {
  readonly #request: MessageShape<DescMessage>;
  readonly #resolve: (answer: Answer) => void;
  readonly #reject: (error: ConnectError) => void;
  /** The request with its prefix, where it is compressed. */
  #packed: Buffer | undefined;
  #answer: Answer | Promise<Answer> | undefined;

  constructor(
    context: CallContext,
    method: AnyMethodCalls,
    options: CallOptions,
    request: MessageShape<DescMessage>,
    resolve: (answer: Answer) => void,
    reject: (error: ConnectError) => void,
  ) {
    super(context, method, options);
    this.#request = request;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  protected override proceed(): void {
    const { sendCompression, compressMinBytes } = this.context;
    if (sendCompression === undefined || this.#packed !== undefined) super.proceed();
    else
      this.#pack(sendCompression.compress, compressMinBytes).then(
        () => super.proceed(),
        (error) => this.cancel(ConnectError.from(error, Code.Internal)),
      );
  }

  /** Compresses the request once for all attempts. */
  async #pack(compress: (bytes: Uint8Array) => Promise<Uint8Array>, minBytes: number): Promise<void> {
    const { writer } = this.context;
    const end = writer.write(this.method.encoder, this.#request);
    const whole = Buffer.from(writer.bytes.subarray(0, end));
    this.#packed = whole.length - 5 < minBytes ? whole : withPrefix(await compress(whole.subarray(5)), true);
  }

  protected send(stream: Stream): void {
    if (this.#packed !== undefined) {
      stream.sendData(this.#packed, 0, this.#packed.length, true);
      return;
    }
    const { writer } = this.context;
    const end = writer.write(this.method.encoder, this.#request);
    stream.sendCopy(writer.bytes, 0, end, true);
  }

  protected onHead(): void {}

  protected onPlain(bytes: Buffer, start: number, end: number): void {
    this.#take(this.method.decoder.decode(bytes, start, end));
  }

  protected onCompressed(bytes: Uint8Array): void {
    if (this.compression === undefined) return;
    const answer = decompressed(bytes, this.compression, this.method, this.context.readMaxBytes);
    // Whoever waits for it hears of what goes wrong; where nobody does any more, nobody needs to.
    answer.catch(() => {});
    this.#take(answer);
  }

  #take(answer: Answer | Promise<Answer>): void {
    if (this.#answer !== undefined) throw new ConnectError("more than one message as the answer of a unary call", Code.Unimplemented);
    this.#answer = answer;
  }

  protected onRead(stream: Stream, bytes: number): void {
    stream.consume(bytes);
  }

  protected onOver(error: ConnectError | undefined): void {
    const answer = this.#answer;
    if (error !== undefined) this.#reject(error);
    else if (answer === undefined) this.#reject(new ConnectError("no message as the answer of a unary call", Code.Unimplemented));
    else if (answer instanceof Promise) answer.then(this.#resolve, (fault) => this.#reject(ConnectError.from(fault, Code.Internal)));
    else this.#resolve(answer);
  }

  onWritable(): void {}
}
