/** One connection of a client, from the socket's first step to its end. */
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket, type ConnectionOptions as TlsOptions } from "node:tls";
import { openConnection } from "../http2/client-connection.ts";
import type { Clock, Timer } from "../http2/clock.ts";
import type { ConnectionOptions } from "../http2/connection-options.ts";
import type { ClientConnection, ClientHandler } from "../http2/handler.ts";
import type { Address } from "./target.ts";

export interface LinkOptions {
  readonly connectTimeoutMs: number;
  /** TLS, with the name that the certificate is for; undefined for plain text. */
  readonly tls: TlsOptions | undefined;
  readonly http2: ConnectionOptions;
  readonly clock: Clock;
}

export interface LinkEvents {
  /** The server has spoken HTTP/2: there can be calls. */
  onReady(link: Link): void;
  /** It takes no more calls; those that run go on. */
  onDraining(link: Link): void;
  /** It takes more calls than it did. */
  onRoom(link: Link): void;
  /** It is over, or has never come to be. */
  onDown(link: Link, error: Error | undefined): void;
}

export type LinkState = "connecting" | "ready" | "draining" | "closed";

const TCP_KEEPALIVE_MS = 30_000;

export class Link implements ClientHandler {
  state: LinkState = "connecting";
  connection: ClientConnection | undefined;
  /** Whether there could have been calls. */
  wasReady = false;
  readonly #events: LinkEvents;
  readonly #options: LinkOptions;
  readonly #socket: Socket;
  readonly #timer: Timer;
  readonly #onSocketError = (error: Error): void => this.#down(error);
  readonly #onSocketClose = (): void => this.#down(new Error("the server has closed the connection"));

  constructor(address: Address, options: LinkOptions, events: LinkEvents) {
    this.#events = events;
    this.#options = options;
    const { connectTimeoutMs, tls, clock } = options;
    this.#timer = clock.after(connectTimeoutMs, () => this.#down(new Error(`no connection within ${connectTimeoutMs} ms`)));
    const begin = (): void => this.#begin();
    // A family that does not answer must not take the time of the other: each address is a link of its own.
    if (tls === undefined) this.#socket = connectTcp({ ...address, noDelay: true }, begin);
    else this.#socket = connectTls({ ...tls, ...address, ALPNProtocols: ["h2"] }, begin);
    this.#socket.on("error", this.#onSocketError);
    this.#socket.on("close", this.#onSocketClose);
  }

  /** Whether a call can begin here now. */
  get hasCapacity(): boolean {
    return this.state === "ready" && this.connection?.hasCapacity === true;
  }

  /** Lets the calls that run end, for so long at most. */
  drain(graceMs?: number): void {
    if (this.state === "connecting") this.#down(undefined);
    else this.connection?.drain(graceMs);
    if (this.state === "ready") this.state = "draining";
  }

  close(): void {
    if (this.connection === undefined) this.#down(undefined);
    else this.connection.close();
  }

  #begin(): void {
    if (this.state === "closed") return;
    if (this.#options.tls !== undefined && (this.#socket as TLSSocket).alpnProtocol !== "h2") {
      this.#down(new Error("the server does not speak HTTP/2 (ALPN)"));
      return;
    }
    this.#socket.setNoDelay(true);
    this.#socket.setKeepAlive(true, TCP_KEEPALIVE_MS);
    this.connection = openConnection(this.#socket, this, this.#options.http2);
    this.#socket.off("close", this.#onSocketClose);
    this.#socket.off("error", this.#onSocketError);
  }

  onReady(): void {
    if (this.state !== "connecting") return;
    this.#timer.cancel();
    this.state = "ready";
    this.wasReady = true;
    this.#events.onReady(this);
  }

  onGoaway(): void {
    if (this.state !== "ready") return;
    this.state = "draining";
    this.#events.onDraining(this);
  }

  onCapacity(): void {
    this.#events.onRoom(this);
  }

  onClose(_connection: unknown, error: Error | undefined): void {
    this.#down(error);
  }

  /** A callback of a call has thrown: its stream has been reset, and the call hears of it by `onReset`. */
  onError(): void {}

  #down(error: Error | undefined): void {
    if (this.state === "closed") return;
    this.state = "closed";
    this.#timer.cancel();
    if (this.connection !== undefined && this.connection.state !== "closed") this.connection.close();
    // No last words where none were exchanged; what still comes from the socket is of no interest.
    else if (this.connection === undefined) this.#socket.destroy();
    this.#events.onDown(this, error);
  }
}
