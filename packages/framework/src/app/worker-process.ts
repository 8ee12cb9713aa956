/** The worker's side: runs the application, tells the supervisor how it goes, and does what it says. */
import cluster from "node:cluster";
import type { RootLogger } from "../telemetry/log.ts";
import type { App } from "./app.ts";
import { runUntilSignal } from "./run.ts";
import type { Worker } from "./worker.ts";
import type { FromSupervisor, FromWorker } from "./worker-messages.ts";
import { ours, packError } from "./worker-messages.ts";
import { createShares } from "./worker-shares.ts";

export interface WorkerProcessOptions {
  readonly log: RootLogger;
  readonly compose: (worker: Worker) => App | Promise<App>;
}

/**
 * Runs the application as a worker. Resolves with the code to exit with. What keeps it from starting is told to the
 * supervisor, which reports it once for all workers. Signals only begin the stop: a terminal or a service manager sends
 * them to every process of the group, so a second one may be the echo of the first; ending at once is the supervisor's.
 */
export async function runWorkerProcess({ log, compose }: WorkerProcessOptions): Promise<number> {
  const stop = new AbortController();
  const shares = createShares({ log, send });
  const { promise: place, resolve: begin } = Promise.withResolvers<{ readonly number: number; readonly count: number } | undefined>();
  process.on("message", (message) => {
    const received = ours<FromSupervisor>(message);
    if (received === undefined) return;
    if (received.arcana === "start") begin(received);
    else if (received.arcana === "stop") {
      stop.abort();
      begin(undefined);
    } else shares.receive(received);
  });
  // Without its supervisor a worker gets no connections: Node ends it right after this event.
  cluster.worker?.once("disconnect", () => {
    if (!stop.signal.aborted) log.error("the supervisor is gone");
  });
  try {
    await send({ arcana: "hello" });
    const { number, count } = (await place) ?? {};
    if (number === undefined || count === undefined) return 0;
    const app = await compose({ number, count, share: shares.share });
    const onReady = (): void => void send({ arcana: "ready" });
    return await runUntilSignal(app, { log, stopWhen: stop.signal, secondSignalExits: false, onReady });
  } catch (error) {
    await log.flush();
    await send({ arcana: "failed", error: packError(error) });
    return 1;
  } finally {
    // The program may end by itself when there is nothing left to do: the channel alone does not hold it.
    process.channel?.unref();
  }
}

function send(message: FromWorker): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // Where the channel is closed there is nobody left to tell.
  if (process.connected && process.send !== undefined) process.send(message, () => resolve());
  else resolve();
  return promise;
}
