/** The primary process of several: it starts workers, keeps their number, and stops them. It serves nothing itself. */
import type { Worker as Process } from "node:cluster";
import cluster from "node:cluster";
import type { Logger } from "../telemetry/log.ts";
import type { Timer, TimerClock } from "./clock.ts";
import { within } from "./clock.ts";
import type { RestartPolicy } from "./restart.ts";
import { decideRestart } from "./restart.ts";
import type { Runnable } from "./run.ts";
import { createShareRelay, tell } from "./share-relay.ts";
import type { FromWorker } from "./worker-messages.ts";
import { ours, unpackError } from "./worker-messages.ts";

export interface SupervisorOptions {
  readonly log: Logger;
  readonly count: number;
  readonly clock: TimerClock;
  readonly restart: RestartPolicy;
  /** How long workers may take to stop before they are killed, in milliseconds. */
  readonly killAfterMs: number;
}

/** How a worker's process ended. */
interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A worker whose process runs. */
interface Live {
  readonly number: number;
  readonly child: Process;
  ready: boolean;
  /** What it said kept it from starting. */
  failure: Error | undefined;
  readonly ended: Promise<Exit>;
}

/**
 * The first worker starts alone: what keeps it from starting is reported once, and what needs doing once, such as
 * migrations, is done by one. Then the others start together. From then on a worker that dies, or whose successor cannot
 * start, is replaced as the policy allows; where it does not any more, the supervisor fails.
 */
export function createSupervisor({ log, count, clock, restart, killAfterMs }: SupervisorOptions): Runnable {
  const live = new Map<Process, Live>();
  const relay = createShareRelay(clock);
  const waiting = new Set<Timer>();
  const { promise: failure, resolve: fail } = Promise.withResolvers<unknown>();
  let deathsMs: readonly number[] = [];
  let stopping = false;

  const receive = (worker: Live, message: FromWorker, onReady: () => void): void => {
    switch (message.arcana) {
      case "hello":
        tell(worker.child, stopping ? { arcana: "stop" } : { arcana: "start", number: worker.number, count });
        break;
      case "ready":
        worker.ready = true;
        log.debug({ worker: worker.number, worker_pid: worker.child.process.pid }, "worker is ready");
        onReady();
        break;
      case "failed":
        worker.failure = unpackError(message.error);
        break;
      case "gather": {
        const ready = [...live.values()].filter((other) => other.ready).map((other) => other.child);
        relay.gather(worker.child, message, ready);
        break;
      }
      case "answer":
        relay.answer(worker.child, message);
        break;
    }
  };

  /** Resolves when the worker is ready. @throws what it said, or how it ended, where it ended before. */
  const launch = async (number: number): Promise<void> => {
    const child = cluster.fork();
    const worker: Live = { number, child, ready: false, failure: undefined, ended: ended(child) };
    live.set(child, worker);
    const ready = new Promise<void>((resolve) => {
      child.on("message", (message) => {
        const received = ours<FromWorker>(message);
        if (received !== undefined) receive(worker, received, resolve);
      });
    });
    const exit = worker.ended.then((how) => {
      live.delete(child);
      relay.leave(child);
      if (worker.ready) replace(number, describe(number, how));
      else if (!stopping) throw worker.failure ?? new Error(`${describe(number, how)} while it started`);
    });
    await Promise.race([ready, exit]);
  };

  const replace = (number: number, why: string): void => {
    if (stopping) return;
    const decision = decideRestart(restart, deathsMs, clock.monotonicMs());
    deathsMs = decision.deathsMs;
    if (decision.kind === "give up") {
      fail(new Error(`${why}: the ${deathsMs.length}th within ${restart.windowMs / 1000} s, so no worker is started any more`));
      return;
    }
    log.error({ worker: number, restart_in_ms: decision.delayMs }, why);
    const timer = clock.after(decision.delayMs, () => {
      waiting.delete(timer);
      launch(number).catch((error: Error) => {
        log.error({ worker: number, err: error }, "the worker that was to take its place could not start");
        replace(number, `worker ${number} could not start`);
      });
    });
    waiting.add(timer);
  };

  const stop = async (): Promise<void> => {
    stopping = true;
    for (const timer of waiting) timer.cancel();
    const stopped = [...live.values()];
    for (const { child } of stopped) tell(child, { arcana: "stop" });
    const exits = Promise.all(stopped.map(async (worker) => ({ worker, exit: await worker.ended })));
    if (!(await within(clock, killAfterMs, exits))) {
      log.error({ timeout_ms: killAfterMs }, "workers took too long to stop and are killed");
      killAll();
    }
    const bad = (await exits).filter(({ worker, exit }) => !isClean(worker, exit));
    if (bad.length > 0) throw new Error(bad.map(({ worker, exit }) => describe(worker.number, exit)).join("; "));
  };

  const killAll = (): void => {
    for (const { child } of live.values()) child.process.kill("SIGKILL");
  };

  return {
    failure,
    async start() {
      cluster.setupPrimary({ serialization: "advanced" });
      // However the supervisor ends, no worker stays behind, not even one whose event loop is stuck.
      process.on("exit", killAll);
      try {
        await launch(1);
        await Promise.all(Array.from({ length: count - 1 }, (_, index) => (stopping ? undefined : launch(index + 2))));
      } catch (error) {
        await stop().catch((stopError: Error) => log.debug({ err: stopError }, "stopping the other workers failed"));
        throw error;
      }
    },
    stop,
  };
}

/** Resolves when the process is gone and all that it said has been heard. */
async function ended(worker: Process): Promise<Exit> {
  const gone = new Promise<void>((resolve) => worker.once("disconnect", resolve));
  const exit = await new Promise<Exit>((resolve) => {
    worker.once("exit", (code, signal) => resolve({ code, signal }));
    // Without this an error of the process, such as a failed fork, would be thrown.
    worker.once("error", () => resolve({ code: null, signal: null }));
  });
  if (worker.isConnected()) await gone;
  return exit;
}

/** A signal to the whole group may also meet a worker that cannot handle it yet. */
function isClean({ ready }: Live, { code, signal }: Exit): boolean {
  return code === 0 || (!ready && (signal === "SIGTERM" || signal === "SIGINT"));
}

function describe(number: number, { code, signal }: Exit): string {
  return signal === null ? `worker ${number} ended with code ${code}` : `worker ${number} was ended by ${signal}`;
}
