/** The socket under a connection: any `Duplex`, so TLS is no other thing. */
import type { Duplex } from "node:stream";
import type { Clock } from "./clock.ts";

/** How long a socket may take to close after we have said our last: then it is destroyed. */
const LINGER_MS = 1000;

export interface SocketEvents {
  onChunk(chunk: Buffer): void;
  onDrain(): void;
  /** It has ended, in whatever way; may be called more than once. */
  onLost(detail: string, cause?: Error): void;
}

export function listenTo(socket: Duplex, events: SocketEvents): void {
  socket.on("data", (chunk: Buffer) => events.onChunk(chunk));
  socket.on("drain", () => events.onDrain());
  socket.on("end", () => events.onLost("the peer has closed the connection"));
  socket.on("error", (cause: Error) => events.onLost(cause.message, cause));
  socket.on("close", () => events.onLost("the connection has been closed"));
}

/** Ends it, and gives the peer time to read our last words: what it sends meanwhile is thrown away, for a reset of TCP would take them from it. */
export function closeSocket(socket: Duplex, clock: Clock): void {
  if (socket.destroyed) return;
  socket.end();
  const timer = clock.after(LINGER_MS, () => socket.destroy());
  socket.once("close", () => timer.cancel());
}
