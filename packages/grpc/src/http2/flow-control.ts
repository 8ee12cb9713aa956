/** Windows: RFC 9113 §5.2, §6.9. The same on a stream and on the connection. */
import { MAX_31_BITS } from "./frame.ts";

/** What the peer lets us send. */
export class SendWindow {
  /** Below 0 after the peer has reduced its initial window size (§6.9.2). */
  available: number;

  constructor(bytes: number) {
    this.available = bytes;
  }

  /** WINDOW_UPDATE, or a changed initial size. @returns false where the window would be greater than 2^31-1: FLOW_CONTROL_ERROR */
  grow(bytes: number): boolean {
    this.available += bytes;
    return this.available <= MAX_31_BITS;
  }
}

/** What we let the peer send, and what of it has been dealt with but not yet been allowed again: that is told in batches of half a window. */
export class ReceiveWindow {
  #available: number;
  #threshold: number;
  #consumed = 0;

  constructor(bytes: number) {
    this.#available = bytes;
    this.#threshold = threshold(bytes);
  }

  /** The peer has sent so many. @returns false where it was not allowed to: FLOW_CONTROL_ERROR */
  take(bytes: number): boolean {
    this.#available -= bytes;
    return this.#available >= 0;
  }

  /** So many have been dealt with. @returns the increment to send, or 0 for not yet */
  consume(bytes: number): number {
    this.#consumed += bytes;
    if (this.#consumed < this.#threshold) return 0;
    const increment = this.#consumed;
    this.#available += increment;
    this.#consumed = 0;
    return increment;
  }

  /** The peer has heard of another size of the window than it began with. @returns the increment to send, or 0: a smaller window is owed sooner */
  resize(from: number, to: number): number {
    this.#available += to - from;
    this.#threshold = threshold(to);
    return this.consume(0);
  }
}

function threshold(windowBytes: number): number {
  return Math.max(1, windowBytes >>> 1);
}
