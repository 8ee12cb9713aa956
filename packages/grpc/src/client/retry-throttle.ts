// Retries stop while most calls to a server fail, so that they do not keep it from recovering: gRFC A6, "Throttling Retry Attempts".

export interface ThrottleOptions {
  /** 1 to 1000. Retries stop when half of them are spent. */
  readonly maxTokens: number;
  /** What a call that goes well gives back; above 0. Three decimals count. */
  readonly tokenRatio: number;
}

const MOST_TOKENS = 1000;

/** The tokens of one server name. Each failure takes one; without more than half of them there is no retry. */
export class RetryThrottle {
  // In thousandths, so that adding ratios is exact.
  readonly #max: number;
  readonly #ratio: number;
  #tokens: number;

  /** @throws RangeError at options out of range */
  constructor({ maxTokens, tokenRatio }: ThrottleOptions) {
    if (!(maxTokens > 0 && maxTokens <= MOST_TOKENS)) throw new RangeError(`maxTokens is ${maxTokens}: it is above 0, and at most 1000`);
    if (!(tokenRatio > 0)) throw new RangeError(`tokenRatio is ${tokenRatio}: it is above 0`);
    this.#max = Math.floor(maxTokens * 1000);
    this.#ratio = Math.floor(tokenRatio * 1000);
    this.#tokens = this.#max;
  }

  get allowsRetry(): boolean {
    return this.#tokens > this.#max / 2;
  }

  /** A call has failed with a code that is retried, or the server asked not to try again. */
  failed(): void {
    this.#tokens = Math.max(0, this.#tokens - 1000);
  }

  succeeded(): void {
    this.#tokens = Math.min(this.#max, this.#tokens + this.#ratio);
  }
}
