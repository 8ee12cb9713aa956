/** The messages of a client's stream, between the connection that brings them and the handler that takes them. */
import type { Message } from "@bufbuild/protobuf";

/** A message, or what makes one when its turn comes. */
export type Incoming = Message | (() => Promise<Message>);

interface Waiting {
  resolve(result: IteratorResult<Message, undefined>): void;
  reject(error: unknown): void;
}

/**
 * An iterable of messages that can be gone through once. It holds what the connection has brought; `onTaken` tells when something is taken, so
 * that the peer may send more.
 */
export class MessageQueue implements AsyncIterable<Message>, AsyncIterator<Message, undefined> {
  readonly #onTaken: (bytes: number) => void;
  readonly #items: { readonly item: Incoming; readonly bytes: number }[] = [];
  #first = 0;
  readonly #waiting: Waiting[] = [];
  #isEnded = false;
  #error: { readonly thrown: unknown } | undefined;

  constructor(onTaken: (bytes: number) => void) {
    this.#onTaken = onTaken;
  }

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return this;
  }

  /** @param bytes what the message took on the wire */
  push(item: Incoming, bytes: number): void {
    if (this.#isEnded) {
      this.#onTaken(bytes);
      return;
    }
    this.#items.push({ item, bytes });
    this.#serve();
  }

  /** No more messages come. */
  end(): void {
    this.#isEnded = true;
    this.#serve();
  }

  /** Nothing is handed out any more: who waits, and who asks next, gets the error. */
  fail(error: unknown): void {
    if (this.#error !== undefined) return;
    this.#isEnded = true;
    this.#error = { thrown: error };
    this.#drop();
    this.#serve();
  }

  next(): Promise<IteratorResult<Message, undefined>> {
    const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<Message, undefined>>();
    this.#waiting.push({ resolve, reject });
    this.#serve();
    return promise;
  }

  /** The handler wants no more. */
  return(): Promise<IteratorResult<Message, undefined>> {
    this.#isEnded = true;
    this.#drop();
    this.#serve();
    return Promise.resolve({ done: true, value: undefined });
  }

  #serve(): void {
    while (this.#waiting.length > 0) {
      const entry = this.#items[this.#first];
      if (entry === undefined && !this.#isEnded) return;
      const waiting = this.#waiting.shift();
      if (waiting === undefined) return;
      if (entry !== undefined) this.#hand(entry, waiting);
      else if (this.#error === undefined) waiting.resolve({ done: true, value: undefined });
      else waiting.reject(this.#error.thrown);
    }
  }

  #hand({ item, bytes }: { readonly item: Incoming; readonly bytes: number }, waiting: Waiting): void {
    // Taken from the front without moving the rest each time.
    if (++this.#first === this.#items.length) {
      this.#items.length = 0;
      this.#first = 0;
    } else if (this.#first >= 1024) {
      this.#items.splice(0, this.#first);
      this.#first = 0;
    }
    this.#onTaken(bytes);
    if (typeof item === "function") item().then((value) => waiting.resolve({ done: false, value }), waiting.reject);
    else waiting.resolve({ done: false, value: item });
  }

  #drop(): void {
    for (const { bytes } of this.#items.splice(this.#first)) this.#onTaken(bytes);
    this.#items.length = 0;
    this.#first = 0;
  }
}
