import { constants } from "node:os";
import type { RootLogger } from "../telemetry/log.ts";
import type { App } from "./app.ts";
import type { TimerClock } from "./clock.ts";
import { systemClock, within } from "./clock.ts";
import { keepTickShape } from "./tick-shape.ts";

/** What can be run: an {@link App}, or whatever starts and stops like one. */
export interface Runnable extends Pick<App, "start" | "stop"> {
  /** Resolves where it fails while it runs, with why. */
  readonly failure?: Promise<unknown>;
}

export interface RunOptions {
  readonly log: RootLogger;
  readonly clock?: TimerClock;
  /** How long stopping may take after an uncaught error, in milliseconds. Default: 10 000. */
  readonly crashStopMs?: number;
  /** Stops the application as a signal does. */
  readonly stopWhen?: AbortSignal;
  /** Whether a second signal ends the process at once. Default: true. False for a process whose supervisor decides that. */
  readonly secondSignalExits?: boolean;
  /** Called when everything has started. */
  readonly onReady?: () => void;
}

const signals = ["SIGTERM", "SIGINT"] as const;

/**
 * Starts the application, and stops it on SIGTERM or SIGINT. Resolves with the code to exit with, the log flushed: 0 after
 * a stop that was asked for; 1 after an uncaught exception, an unhandled rejection or another failure, which are logged and
 * stop the application with what time is left. A second signal ends the process at once with 128 + its number, as a shell
 * would report it: 143 for SIGTERM, 130 for SIGINT.
 *
 * @throws what kept the application from starting; what had started is stopped by then.
 */
export async function runUntilSignal(app: Runnable, options: RunOptions): Promise<number> {
  const { log, clock = systemClock, crashStopMs = 10_000, stopWhen, secondSignalExits = true, onReady } = options;
  const { promise: ending, resolve: end } = Promise.withResolvers<"asked" | "failed">();
  let asked = false;
  let failed = false;

  const onSignal = (signal: (typeof signals)[number]): void => {
    if (asked && secondSignalExits) {
      log.warn({ signal }, "second signal: exiting at once");
      process.exit(128 + constants.signals[signal]);
    }
    if (!asked) log.info({ signal }, "stopping");
    asked = true;
    end("asked");
  };
  const onStopWhen = (): void => {
    asked = true;
    end("asked");
  };
  const fail = (error: unknown, origin: string): void => {
    log.fatal({ err: error, origin }, "the process failed");
    failed = true;
    end("failed");
  };

  keepTickShape();
  for (const signal of signals) process.on(signal, onSignal);
  // An unhandled rejection comes as an uncaught exception of that origin.
  process.on("uncaughtException", fail);
  stopWhen?.addEventListener("abort", onStopWhen, { once: true });
  if (stopWhen?.aborted) onStopWhen();
  app.failure?.then((error) => fail(error, "run"));

  try {
    const starting = app.start().then(onReady);
    // Whichever is first: an end that comes while starting calls the start off.
    const end = (await Promise.race([starting, ending])) ?? (await ending);
    const clean = end === "asked" ? await stopWhenAsked() : await stopAfterFailure();
    await starting.catch(() => {});
    return clean && !failed ? 0 : 1;
  } finally {
    await log.flush();
    for (const signal of signals) process.off(signal, onSignal);
    process.off("uncaughtException", fail);
    stopWhen?.removeEventListener("abort", onStopWhen);
  }

  async function stopWhenAsked(): Promise<boolean> {
    try {
      await app.stop();
      return true;
    } catch (error) {
      log.error({ err: error }, "stopping failed");
      return false;
    }
  }

  async function stopAfterFailure(): Promise<boolean> {
    const stopped = app.stop({ atOnce: true }).catch((error: unknown) => log.error({ err: error }, "stopping failed"));
    if (!(await within(clock, crashStopMs, stopped))) log.error({ timeout_ms: crashStopMs }, "stopping took too long");
    return false;
  }
}
