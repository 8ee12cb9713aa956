import cluster from "node:cluster";
import { availableParallelism } from "node:os";
import type { RootLogger } from "../telemetry/log.ts";
import type { App } from "./app.ts";
import { systemClock } from "./clock.ts";
import type { RestartPolicy } from "./restart.ts";
import { defaultRestartPolicy } from "./restart.ts";
import { runUntilSignal } from "./run.ts";
import { createSupervisor } from "./supervisor.ts";
import type { Worker } from "./worker.ts";
import { soleWorker } from "./worker.ts";
import { runWorkerProcess } from "./worker-process.ts";

export interface WorkersOptions {
  /** How many processes serve; `auto`: one for each core. 1 is this process itself. */
  readonly count: number | "auto";
  readonly log: RootLogger;
  /** Builds the application, in each process that serves. The supervisor never calls it: load what is heavy in here. */
  readonly compose: (worker: Worker) => App | Promise<App>;
  readonly restart?: Partial<RestartPolicy>;
  /** How long workers may take to stop before they are killed, in milliseconds. Default: 60 000. */
  readonly killAfterMs?: number;
}

/**
 * Runs the application until a signal, in one process or in several that share its ports. Resolves with the code to exit
 * with, as {@link runUntilSignal} does: 0 when all of them stopped cleanly. The program calls it in the same way in every
 * process: a worker is the same program, started by the supervisor with the same arguments.
 *
 * @throws what kept the first worker from starting.
 */
export async function runWorkers(options: WorkersOptions): Promise<number> {
  const { log, compose, restart, killAfterMs = 60_000 } = options;
  if (cluster.isWorker) return runWorkerProcess({ log, compose });
  const count = options.count === "auto" ? availableParallelism() : options.count;
  if (count <= 1) return runUntilSignal(await compose(soleWorker()), { log });
  const supervisor = createSupervisor({ log, count, clock: systemClock, restart: { ...defaultRestartPolicy, ...restart }, killAfterMs });
  return runUntilSignal(supervisor, { log, crashStopMs: killAfterMs });
}
