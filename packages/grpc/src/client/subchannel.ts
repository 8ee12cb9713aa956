/** All connections to one address, and when to try again where there is none: gRPC's "Connectivity Semantics". */
import type { Timer } from "../http2/clock.ts";
import { type BackoffOptions, backoffMs } from "./backoff.ts";
import { Link, type LinkEvents, type LinkOptions } from "./link.ts";
import { type Address, addressKey } from "./target.ts";

export interface SubchannelOptions extends LinkOptions {
  readonly backoff: BackoffOptions;
  readonly maxConnections: number;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** What the channel hears. */
export interface SubchannelEvents {
  /** A call that waits could begin now. */
  onRoom(): void;
  /** An attempt to connect has failed, or a connection has ended: the address may have. */
  onTrouble(): void;
}

/** `idle`: nobody has asked for a connection. `backoff`: the last attempt failed, and the next comes by itself. */
export type SubchannelState = "idle" | "connecting" | "ready" | "backoff" | "closed";

export class Subchannel implements LinkEvents {
  readonly key: string;
  /** Why the last attempt failed. */
  lastError: Error | undefined;
  readonly #address: Address;
  readonly #options: SubchannelOptions;
  readonly #events: SubchannelEvents;
  readonly #links = new Set<Link>();
  #failures = 0;
  #backoffTimer: Timer | undefined;
  #isClosed = false;

  constructor(address: Address, options: SubchannelOptions, events: SubchannelEvents) {
    this.key = addressKey(address);
    this.#address = address;
    this.#options = options;
    this.#events = events;
  }

  get state(): SubchannelState {
    if (this.#isClosed) return "closed";
    let isConnecting = false;
    for (const { state } of this.#links) {
      if (state === "ready") return "ready";
      if (state === "connecting") isConnecting = true;
    }
    if (isConnecting) return "connecting";
    return this.#backoffTimer === undefined ? "idle" : "backoff";
  }

  get hasCapacity(): boolean {
    for (const link of this.#links) if (link.hasCapacity) return true;
    return false;
  }

  /** A connection that takes a call now. The first is filled before the second is used, so that those beyond need become idle. */
  find(): Link | undefined {
    for (const link of this.#links) if (link.hasCapacity) return link;
    return undefined;
  }

  /** Opens the first connection where there is none and none is to be waited for; with `more`, one more than there are, unless one is on its way. */
  connect(more: boolean = false): void {
    if (this.#isClosed || this.#backoffTimer !== undefined) return;
    let count = 0;
    for (const { state } of this.#links) {
      if (state === "connecting") return;
      if (state === "ready") count++;
    }
    if (count > 0 && (!more || count >= this.#options.maxConnections)) return;
    this.#links.add(new Link(this.#address, this.#options, this));
  }

  close(graceMs?: number): void {
    this.#isClosed = true;
    this.#backoffTimer?.cancel();
    this.#backoffTimer = undefined;
    for (const link of [...this.#links])
      if (graceMs === 0) link.close();
      else link.drain(graceMs);
  }

  onReady(): void {
    this.#failures = 0;
    this.lastError = undefined;
    this.#events.onRoom();
  }

  onRoom(): void {
    this.#events.onRoom();
  }

  onDraining(): void {
    this.#events.onTrouble();
  }

  onDown(link: Link, error: Error | undefined): void {
    this.#links.delete(link);
    if (this.#isClosed) return;
    if (error !== undefined) this.lastError = error;
    if (!link.wasReady) this.#backOff();
    this.#events.onTrouble();
  }

  #backOff(): void {
    const { backoff, random, clock } = this.#options;
    const waitMs = backoffMs(++this.#failures, backoff, random());
    this.#backoffTimer?.cancel();
    this.#backoffTimer = clock.after(waitMs, () => {
      this.#backoffTimer = undefined;
      this.connect();
    });
  }
}
