/** Which stream sends next, of those that could not send all at once: each one frame in its turn. */
import type { SendWindow } from "./flow-control.ts";
import type { Output } from "./output.ts";

/** How far a stream has come with its queue. */
export type SendProgress = "more" | "done" | "stream window" | "connection window";

export interface QueuedSender {
  /** Sends a frame's worth of the queue, as far as windows allow. */
  sendQueued(): SendProgress;
}

export class SendScheduler {
  /** In the order of their turns. */
  readonly #ready = new Set<QueuedSender>();
  readonly #waitForConnection = new Set<QueuedSender>();
  readonly #output: Output;
  readonly #window: SendWindow;
  #running = false;

  constructor(output: Output, window: SendWindow) {
    this.#output = output;
    this.#window = window;
  }

  /** The stream has a queue and its own window does not hold it back. */
  add(sender: QueuedSender): void {
    if (!this.#waitForConnection.has(sender)) this.#ready.add(sender);
  }

  remove(sender: QueuedSender): void {
    this.#ready.delete(sender);
    this.#waitForConnection.delete(sender);
  }

  /** The connection's window has grown. */
  windowGrew(): void {
    if (this.#window.available <= 0) return;
    for (const sender of this.#waitForConnection) this.#ready.add(sender);
    this.#waitForConnection.clear();
    this.run();
  }

  /** Sends until the socket is full, or nothing is left that may be sent. */
  run(): void {
    if (this.#running) return;
    this.#running = true;
    try {
      for (const sender of this.#ready) {
        if (!this.#output.hasRoom()) return;
        this.#ready.delete(sender);
        const progress = sender.sendQueued();
        // Added behind the others: a set is walked in the order of insertion, what is added on the way included.
        if (progress === "more") this.#ready.add(sender);
        else if (progress === "connection window") this.#waitForConnection.add(sender);
      }
    } finally {
      this.#running = false;
    }
  }
}
