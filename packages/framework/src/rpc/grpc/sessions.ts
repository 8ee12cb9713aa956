/** The connections of a gRPC server: which there are, and which of them have no right to stay. */
import type { Http2Session, ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import { constants } from "node:http2";
import type { Socket } from "node:net";
import type { Deadline } from "../deadline-queue.ts";
import { createDeadlineQueue } from "../deadline-queue.ts";

export interface SessionsOptions {
  /** How long a client may take for its side of HTTP/2's preface (RFC 9113 §3.4), and to hang up in its turn, in milliseconds. */
  readonly handshakeTimeoutMs: number;
  /** How long a connection without streams stays open, in milliseconds. */
  readonly idleTimeoutMs: number;
  /** How often each client is asked for a sign of life (PING, RFC 9113 §6.7), in milliseconds; who owes one by then is cut. */
  readonly pingIntervalMs: number;
}

export interface Sessions {
  /** The connection, before it has a session. */
  accept(socket: Socket): void;
  watch(session: ServerHttp2Session): void;
  /** Tells every client to go elsewhere (GOAWAY) and lets what runs come to its end. */
  leave(): void;
  /** Ends them with what runs. */
  cut(): void;
}

export function createSessions({ handshakeTimeoutMs, idleTimeoutMs, pingIntervalMs }: SessionsOptions): Sessions {
  const sessions = new Set<ServerHttp2Session>();
  /** For what is the client's turn in opening and closing. */
  const turns = createDeadlineQueue(handshakeTimeoutMs);
  const idles = createDeadlineQueue(idleTimeoutMs);
  const owing = new WeakSet<Http2Session>();
  let pings: NodeJS.Timeout | undefined;

  const askAll = (): void => {
    for (const session of sessions) {
      if (owing.has(session)) session.destroy();
      else if (!session.connecting && !session.destroyed) ask(session, owing);
    }
  };
  const add = (session: ServerHttp2Session): void => {
    sessions.add(session);
    pings ??= setInterval(askAll, pingIntervalMs).unref();
  };
  const remove = (session: ServerHttp2Session): void => {
    sessions.delete(session);
    if (sessions.size > 0) return;
    clearInterval(pings);
    pings = undefined;
  };

  return {
    accept(socket) {
      socket.once("finish", () => {
        const turn = turns.set(() => socket.destroy());
        socket.once("close", () => turns.lift(turn));
      });
    },
    watch(session) {
      let openStreams = 0;
      let idle: Deadline;
      const beIdle = (): void => {
        idle = idles.set(() => session.close());
      };
      const handshake = turns.set(() => session.destroy());
      add(session);
      beIdle();
      session.once("remoteSettings", () => turns.lift(handshake));
      session.on("stream", (stream: ServerHttp2Stream) => {
        if (openStreams === 0) idles.lift(idle);
        openStreams++;
        stream.once("close", () => {
          openStreams--;
          if (openStreams === 0 && !session.destroyed) beIdle();
        });
      });
      session.once("close", () => {
        turns.lift(handshake);
        idles.lift(idle);
        remove(session);
      });
      // Without a listener a broken peer would end the process.
      session.on("error", () => session.destroy());
    },
    leave() {
      for (const session of sessions) session.close();
    },
    cut() {
      for (const session of sessions) session.destroy(undefined, constants.NGHTTP2_NO_ERROR);
    },
  };
}

function ask(session: Http2Session, owing: WeakSet<Http2Session>): void {
  owing.add(session);
  session.ping((error) => {
    if (error === null) owing.delete(session);
  });
}
