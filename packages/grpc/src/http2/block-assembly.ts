/**
 * Puts a header block together from HEADERS and its CONTINUATIONs (RFC 9113 §4.3, §6.10), of which a peer may send no more than the limits say:
 * nothing of an endless block could ever be given to anyone, so it would only cost (§10.5.1, CVE-2024-27983 and its kin).
 */
import { ConnectionError, ErrorCode } from "./error-code.ts";

export interface BlockLimits {
  /** The most octets that the fragments of one header block may have together. */
  readonly maxHeaderBlockBytes: number;
  readonly maxContinuations: number;
}

export class BlockAssembly {
  /** The stream whose block is incomplete, 0 where none is: no other frame may come in between. */
  streamId = 0;
  endsStream = false;
  readonly #limits: BlockLimits;
  #bytes = 0;
  #continuations = 0;
  #fragments: Buffer[] = [];

  constructor(limits: BlockLimits) {
    this.#limits = limits;
  }

  begin(streamId: number, endsStream: boolean): void {
    this.streamId = streamId;
    this.endsStream = endsStream;
    this.#bytes = 0;
    this.#continuations = 0;
  }

  /** @throws ConnectionError ENHANCE_YOUR_CALM beyond the limit */
  add(bytes: Buffer, start: number, end: number): void {
    this.#bytes += end - start;
    this.checkBytes(this.#bytes);
    this.#fragments.push(Buffer.from(bytes.subarray(start, end)));
  }

  /** A CONTINUATION that does not end the block. @throws ConnectionError ENHANCE_YOUR_CALM beyond the limit */
  countContinuation(): void {
    if (++this.#continuations >= this.#limits.maxContinuations) throw calm("too many CONTINUATION frames");
  }

  /** The whole block. */
  end(): Buffer {
    const whole = Buffer.concat(this.#fragments);
    this.drop();
    return whole;
  }

  drop(): void {
    this.#fragments = [];
    this.streamId = 0;
  }

  checkBytes(bytes: number): void {
    if (bytes > this.#limits.maxHeaderBlockBytes) throw calm("a header block beyond the limit");
  }
}

function calm(detail: string): ConnectionError {
  return new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, detail);
}
