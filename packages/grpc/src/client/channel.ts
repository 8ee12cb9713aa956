/** The connections to all addresses of a server, and the calls that wait for one of them. */
import { Code, ConnectError } from "@connectrpc/connect";
import type { Clock, Timer } from "../http2/clock.ts";
import type { ClientConnection } from "../http2/handler.ts";
import { backoffMs } from "./backoff.ts";
import { compareAddresses, type Resolver } from "./resolver.ts";
import { RoundRobin } from "./round-robin.ts";
import { Subchannel, type SubchannelOptions } from "./subchannel.ts";
import type { Address } from "./target.ts";

export interface ChannelOptions extends SubchannelOptions {
  readonly resolver: Resolver;
  /** How the server is called in messages. */
  readonly name: string;
  /** The least time between two lookups; calls bring about the next. */
  readonly resolveIntervalMs: number;
  readonly clock: Clock;
}

/** A call as the channel sees it. */
export interface Caller {
  /** Whether it waits on where no server can be reached. */
  readonly waitForReady: boolean;
  /** Begin on this connection, which has room. @returns false where that could not be, after all */
  start(connection: ClientConnection): boolean;
  /** No server can be reached. */
  refuse(error: ConnectError): void;
}

export class Channel {
  readonly #options: ChannelOptions;
  readonly #robin: RoundRobin<Subchannel>;
  readonly #waiting = new Set<Caller>();
  #subchannels: Subchannel[] = [];
  #resolving = false;
  #resolvedMs = Number.NEGATIVE_INFINITY;
  #resolveError: Error | undefined;
  #failedLookups = 0;
  /** Some address may be without a connection: the next call opens one, so that all have their share. */
  #mayBeIdle = false;
  #isClosed = false;

  constructor(options: ChannelOptions) {
    this.#options = options;
    this.#robin = new RoundRobin(options.random());
  }

  /** How many calls wait for a connection. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Lets the call start as soon as there is a connection with room for it: at once where there is. */
  begin(caller: Caller): void {
    if (this.#mayBeIdle) this.#connectAll();
    // Servers may have been added while all is well.
    if (this.#options.resolver.canChange && this.#subchannels.length > 0) this.#resolve();
    if (this.#isClosed) caller.refuse(new ConnectError(`the transport to ${this.#options.name} has been closed`, Code.Unavailable));
    else if (this.#waiting.size > 0 || !this.#start(caller)) this.#wait(caller);
  }

  /** The call does not want to start any more. */
  forget(caller: Caller): void {
    this.#waiting.delete(caller);
  }

  /** A call has ended: there may be room for one that waits. */
  onRoom(): void {
    for (const caller of this.#waiting) {
      const connection = this.#pick();
      if (connection === undefined) break;
      // Out of the queue before it starts: what fails at once brings us here again.
      this.#waiting.delete(caller);
      if (!caller.start(connection)) this.#waiting.add(caller);
    }
    if (this.#waiting.size > 0) this.#makeRoom();
  }

  /** An address may have changed. */
  onTrouble(): void {
    this.#mayBeIdle = true;
    if (this.#options.resolver.canChange) this.#resolve();
    this.onRoom();
    this.#refuseHopeless();
  }

  close(graceMs?: number): void {
    this.#isClosed = true;
    for (const subchannel of this.#subchannels) subchannel.close(graceMs);
    this.#subchannels = [];
    const error = new ConnectError(`the transport to ${this.#options.name} has been closed`, Code.Unavailable);
    for (const caller of this.#take(() => true)) caller.refuse(error);
  }

  #pick(): ClientConnection | undefined {
    return this.#robin.pick(this.#subchannels, hasCapacity)?.find()?.connection;
  }

  #start(caller: Caller): boolean {
    const connection = this.#pick();
    return connection !== undefined && caller.start(connection);
  }

  #wait(caller: Caller): void {
    this.#waiting.add(caller);
    if (this.#subchannels.length === 0) this.#resolve();
    else this.#makeRoom();
    this.#refuseHopeless();
  }

  #connectAll(): void {
    this.#mayBeIdle = false;
    for (const subchannel of this.#subchannels) subchannel.connect();
  }

  /** Connects where there is no connection; where there is one everywhere and still no room, opens one more on the next address. */
  #makeRoom(): void {
    let isExpected = false;
    for (const subchannel of this.#subchannels) {
      subchannel.connect();
      if (subchannel.state === "connecting") isExpected = true;
    }
    if (isExpected) return;
    this.#robin.pick(this.#subchannels, (subchannel) => subchannel.state === "ready")?.connect(true);
  }

  /** Calls that need not wait are told when there is nothing to wait for. */
  #refuseHopeless(): void {
    if (this.#waiting.size === 0 || this.#resolving) return;
    if (this.#subchannels.some(({ state }) => state !== "backoff")) return;
    if (this.#subchannels.length === 0 && this.#resolveError === undefined) return;
    const error = this.#unavailable();
    for (const caller of this.#take(({ waitForReady }) => !waitForReady)) caller.refuse(error());
  }

  #unavailable(): () => ConnectError {
    const reasons = this.#subchannels.map(({ key, lastError }) => `${key}: ${lastError?.message ?? "no answer"}`);
    const cause = this.#resolveError ?? this.#subchannels[0]?.lastError;
    const reason = reasons.length > 0 ? reasons.join("; ") : (this.#resolveError?.message ?? "it has no address");
    return () => new ConnectError(`${this.#options.name} cannot be reached (${reason})`, Code.Unavailable, undefined, undefined, cause);
  }

  #take(isWanted: (caller: Caller) => boolean): Caller[] {
    const taken = [...this.#waiting].filter(isWanted);
    for (const caller of taken) this.#waiting.delete(caller);
    return taken;
  }

  #resolve(): void {
    const { clock, resolveIntervalMs } = this.#options;
    const isEarly = this.#subchannels.length > 0 && clock.monotonicMs() - this.#resolvedMs < resolveIntervalMs;
    if (this.#resolving || this.#isClosed || isEarly) return;
    this.#resolving = true;
    this.#lookUp().then(
      (addresses) => this.#resolved(addresses),
      (error: Error) => this.#notResolved(error),
    );
  }

  /** A lookup that never answers is one that failed. */
  #lookUp(): Promise<readonly Address[]> {
    const { clock, connectTimeoutMs, resolver, name } = this.#options;
    return new Promise((resolve, reject) => {
      const late = (): void => reject(new Error(`no address of ${name} within ${connectTimeoutMs} ms`));
      const timer: Timer = clock.after(connectTimeoutMs, late);
      resolver
        .resolve()
        .then(resolve, reject)
        .finally(() => timer.cancel());
    });
  }

  #resolved(addresses: readonly Address[]): void {
    if (addresses.length === 0) {
      this.#notResolved(new Error(`${this.#options.name} has no address`));
      return;
    }
    this.#endLookup(undefined);
    this.#failedLookups = 0;
    if (this.#isClosed) return;
    const keys = this.#subchannels.map(({ key }) => key);
    const { added, removed } = compareAddresses(keys, addresses);
    // Calls on what is there no more end in peace.
    for (const subchannel of this.#subchannels) if (removed.includes(subchannel.key)) subchannel.close();
    const kept = this.#subchannels.filter(({ key }) => !removed.includes(key));
    this.#subchannels = [...kept, ...added.map((address) => new Subchannel(address, this.#options, this))];
    this.#mayBeIdle = true;
    this.onRoom();
    this.#refuseHopeless();
  }

  /** The addresses that are known stay: they may be right. */
  #notResolved(error: Error): void {
    this.#endLookup(error);
    this.#refuseHopeless();
    if (this.#waiting.size === 0 || this.#subchannels.length > 0) return;
    const { backoff, clock, random } = this.#options;
    clock.after(backoffMs(++this.#failedLookups, backoff, random()), () => this.#resolve());
  }

  #endLookup(error: Error | undefined): void {
    this.#resolving = false;
    this.#resolvedMs = this.#options.clock.monotonicMs();
    this.#resolveError = error;
  }
}

function hasCapacity(subchannel: Subchannel): boolean {
  return subchannel.hasCapacity;
}
