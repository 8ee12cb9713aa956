/** PINGs that wait for their answer: RFC 9113 §6.7. */
import type { Clock } from "./clock.ts";
import { PING_BYTES } from "./frame.ts";
import { readUint32 } from "./frame-reader.ts";
import type { Output } from "./output.ts";

interface Waiting {
  readonly sentMs: number;
  readonly onAnswer: (roundTripMs: number | undefined) => void;
}

export class Pings {
  readonly #output: Output;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Waiting>();
  #sent = 0;

  constructor(output: Output, clock: Clock) {
    this.#output = output;
    this.#clock = clock;
  }

  send(onAnswer: (roundTripMs: number | undefined) => void): void {
    const number = ++this.#sent;
    const payload = new Uint8Array(PING_BYTES);
    new DataView(payload.buffer).setUint32(4, number);
    this.#waiting.set(number, { sentMs: this.#clock.monotonicMs(), onAnswer });
    this.#output.writer.ping(false, payload, 0);
    this.#output.schedule();
  }

  /** @returns false where nobody has asked */
  answered(bytes: Uint8Array, start: number): boolean {
    const number = readUint32(bytes, start + 4);
    const waiting = readUint32(bytes, start) === 0 ? this.#waiting.get(number) : undefined;
    if (waiting === undefined) return false;
    this.#waiting.delete(number);
    waiting.onAnswer(this.#clock.monotonicMs() - waiting.sentMs);
    return true;
  }

  /** Nobody will answer any more. */
  stop(): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { onAnswer } of waiting) onAnswer(undefined);
  }
}
