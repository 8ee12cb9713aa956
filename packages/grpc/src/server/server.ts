/** A gRPC server: sockets, the connections on them, and how both end. */
import { type AddressInfo, createServer, type Server } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket, TlsOptions } from "node:tls";
import type { ContextValues, Interceptor } from "@connectrpc/connect";
import { type Compression, defaultCompressions } from "../grpc/compression.ts";
import { DeadlineQueue } from "../grpc/deadline.ts";
import { MessageWriter } from "../grpc/message-writer.ts";
import { type Clock, systemClock, type Timer } from "../http2/clock.ts";
import type { ConnectionOptions } from "../http2/connection-options.ts";
import type { Connection } from "../http2/handler.ts";
import { serveConnection } from "../http2/server-connection.ts";
import type { IncomingCall } from "./call.ts";
import type { Abortable, CallHost } from "./call-host.ts";
import { ConnectionCalls } from "./connection-calls.ts";
import { serveRoutes } from "./method.ts";
import type { Routes } from "./routes.ts";

export interface GrpcServerOptions {
  /** What is served, as Connect's routers declare it. */
  readonly routes: Routes;
  /** Connect's interceptors; the first is the outermost. */
  readonly interceptors?: readonly Interceptor[];
  /** The address to listen on. 127.0.0.1 */
  readonly host?: string;
  /** The port to listen on; 0 takes any that is free. 0 */
  readonly port?: number;
  /** Serves TLS 1.2 and later with ALPN `h2`; clients that do not offer it are turned away. With `ca` and `requestCert` it is mutual. */
  readonly tls?: TlsOptions;
  /** The longest message that is taken or sent, in bytes, also after it is decompressed. 4 MiB */
  readonly maxMessageBytes?: number;
  /** How many calls a connection may have at a time. 1000 */
  readonly maxConcurrentStreams?: number;
  /** A connection that is so old is drained, give or take a tenth, so that clients spread anew over servers that were added. Without it: never. */
  readonly maxConnectionAgeMs?: number;
  /** After so long the calls of a connection that was too old are cut off. Without it they have as long as they take. */
  readonly maxConnectionAgeGraceMs?: number;
  /** What messages may be compressed with. gzip and deflate */
  readonly compressions?: readonly Compression[];
  /** Messages of at least so many bytes are compressed for clients that take it. Without it none are: within a data centre it costs more than it saves. */
  readonly compressMinBytes?: number;
  /** What handlers and interceptors find in the context. Called when one of them first looks. */
  readonly contextValues?: (call: IncomingCall) => ContextValues;
  /** Aborts the signals of the calls that run; they are not ended by it. */
  readonly shutdownSignal?: AbortSignal;
  /** Is told what handlers throw that is no `ConnectError` (clients get `internal` without more), and other faults of this side. */
  readonly onError?: (error: unknown) => void;
  /** Limits and timeouts of connections, and the clock. */
  readonly connection?: Omit<ConnectionOptions, "maxConcurrentStreams">;
}

export interface GrpcServer {
  /** Where it listens; undefined where it does not. */
  readonly address: AddressInfo | undefined;
  /** The connections that are open. */
  readonly connectionCount: number;
  /** @throws what the system says where the address cannot be had */
  listen(): Promise<AddressInfo>;
  /** Serves a client on a socket that came some other way: one that is known to speak HTTP/2. */
  accept(socket: Duplex): void;
  /**
   * Takes no more connections nor calls (two GOAWAYs, RFC 9113 §6.8), and resolves when those that run have ended.
   * @param graceMs after so long they are cut off; without it they have as long as they take
   */
  drain(graceMs?: number): Promise<void>;
  /** Ends all at once: calls that run are cut off. */
  close(): Promise<void>;
}

const DEFAULT_MAX_MESSAGE_BYTES = 4_194_304;
const TLS_HANDSHAKE_TIMEOUT_MS = 10_000;

/** @throws TypeError where the routes declare a method twice */
export function createGrpcServer(options: GrpcServerOptions): GrpcServer {
  return new ListeningServer(options);
}

class ListeningServer implements GrpcServer {
  readonly #options: GrpcServerOptions;
  readonly #connectionOptions: ConnectionOptions;
  readonly #calls: ConnectionCalls;
  readonly #clock: Clock;
  /** Each with what ends it when it is too old. */
  readonly #connections = new Map<Connection, Timer | undefined>();
  #listener: Server | undefined;
  /** Sockets that have not become connections: TLS that is not agreed on. */
  readonly #sockets = new Set<Duplex>();
  #isEnding = false;
  #onEmpty: (() => void)[] = [];

  constructor(options: GrpcServerOptions) {
    this.#options = options;
    const { connection, maxConcurrentStreams } = options;
    this.#connectionOptions = { ...connection, ...(maxConcurrentStreams === undefined ? {} : { maxConcurrentStreams }) };
    const host = callHost(options);
    this.#clock = host.clock;
    this.#calls = new ConnectionCalls(host, (ended) => this.#ended(ended));
  }

  get address(): AddressInfo | undefined {
    const address = this.#listener?.address();
    return typeof address === "object" && address !== null ? address : undefined;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  async listen(): Promise<AddressInfo> {
    if (this.#listener !== undefined || this.#isEnding) throw new Error("this server listens already, or has ended");
    const { host = "127.0.0.1", port = 0 } = this.#options;
    const listener = await this.#createListener();
    this.#listener = listener;
    await new Promise<void>((resolve, reject) => {
      listener.once("error", reject);
      listener.listen({ host, port }, () => {
        listener.off("error", reject);
        listener.on("error", (error) => this.#options.onError?.(error));
        resolve();
      });
    }).catch((error: unknown) => {
      this.#listener = undefined;
      throw error;
    });
    return listener.address() as AddressInfo;
  }

  accept(socket: Duplex): void {
    if (this.#isEnding) {
      socket.destroy();
      return;
    }
    const connection = serveConnection(socket, this.#calls, this.#connectionOptions);
    this.#connections.set(connection, this.#limitAge(connection));
  }

  #limitAge(connection: Connection): Timer | undefined {
    const { maxConnectionAgeMs, maxConnectionAgeGraceMs } = this.#options;
    if (maxConnectionAgeMs === undefined) return undefined;
    const ageMs = maxConnectionAgeMs * (0.9 + 0.2 * Math.random());
    return this.#clock.after(ageMs, () => connection.drain(maxConnectionAgeGraceMs));
  }

  async drain(graceMs?: number): Promise<void> {
    const stopped = this.#stopListening();
    for (const connection of [...this.#connections.keys()]) connection.drain(graceMs);
    await Promise.all([stopped, this.#empty()]);
  }

  async close(): Promise<void> {
    const stopped = this.#stopListening();
    for (const connection of [...this.#connections.keys()]) connection.close();
    await Promise.all([stopped, this.#empty()]);
  }

  async #createListener(): Promise<Server> {
    const { tls } = this.#options;
    if (tls === undefined) return createServer({ noDelay: true }, (socket) => this.accept(socket));
    const { createServer: createTlsServer } = await import("node:tls");
    const listener = createTlsServer({
      handshakeTimeout: TLS_HANDSHAKE_TIMEOUT_MS,
      noDelay: true,
      ...tls,
      ALPNProtocols: ["h2"],
    });
    listener.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    listener.on("secureConnection", (socket) => this.#acceptTls(socket));
    // The client's doing: its handshake failed.
    listener.on("tlsClientError", (_error, socket) => socket.destroy());
    return listener;
  }

  /** A client that offers other protocols has been refused by the handshake; one that offers none has not. */
  #acceptTls(socket: TLSSocket): void {
    if (socket.alpnProtocol === "h2") this.accept(socket);
    else socket.destroy();
  }

  async #stopListening(): Promise<void> {
    this.#isEnding = true;
    const listener = this.#listener;
    if (listener === undefined) return;
    this.#listener = undefined;
    const closed = new Promise((resolve) => listener.close(resolve));
    await this.#empty();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #empty(): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onEmpty.push(resolve));
  }

  #ended(connection: Connection): void {
    this.#connections.get(connection)?.cancel();
    this.#connections.delete(connection);
    if (this.#connections.size > 0) return;
    const waiting = this.#onEmpty;
    this.#onEmpty = [];
    for (const resolve of waiting) resolve();
  }
}

function callHost(options: GrpcServerOptions): CallHost {
  const { routes, interceptors = [], maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES, compressions = defaultCompressions } = options;
  const { compressMinBytes = Number.POSITIVE_INFINITY, shutdownSignal, contextValues } = options;
  const clock = options.connection?.clock ?? systemClock;
  const listeners = new Set<Abortable>();
  shutdownSignal?.addEventListener("abort", () => {
    for (const call of [...listeners]) call.abort(shutdownSignal.reason);
  });
  return {
    rules: { methods: serveRoutes(routes, interceptors), compressions, compressMinBytes },
    clock,
    deadlines: new DeadlineQueue(clock),
    writer: new MessageWriter(maxMessageBytes),
    maxMessageBytes,
    shutdownSignal,
    listeners,
    contextValues,
    onError: options.onError ?? (() => {}),
  };
}
