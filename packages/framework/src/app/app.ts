/**
 * The life of a process: its parts start in order; they stop in the other order, after the running work was given time.
 *
 *     starting → ready → draining → stopping → stopped
 *
 * Draining: not ready any more, so that load balancers look elsewhere, but all is served as before (`drainDelayMs`).
 * Stopping: every part drains at once, taking in nothing new and finishing what runs (`shutdownGraceMs`, then it is cut);
 * then the parts stop one by one, the first one, such as the database, last.
 */
import type { Logger } from "../telemetry/log.ts";
import type { AppState } from "./app-state.ts";
import type { TimerClock } from "./clock.ts";
import { sleep, systemClock, within } from "./clock.ts";
import type { Readiness, ReadinessCheck } from "./readiness.ts";
import { createReadiness } from "./readiness.ts";

/** Something that lives as long as the process. All but the name is optional. */
export interface Part {
  readonly name: string;
  /** Makes the part usable. What it began itself it ends itself when it fails. The signal aborts when the start is called off. */
  start?(signal: AbortSignal): Promise<void> | void;
  /** Whether the part can do its work now: a check of `/ready`, under the part's name. */
  readonly ready?: ReadinessCheck;
  /** Takes in nothing new; resolves when what runs is finished. When the signal aborts, time is over: cut it. */
  drain?(signal: AbortSignal): Promise<void> | void;
  /** Releases what the part holds. Where there is none, disposing the part does it. */
  stop?(): Promise<void> | void;
  [Symbol.asyncDispose]?(): PromiseLike<void>;
}

export interface AppOptions {
  /** In the order of starting: each may use those before it. */
  readonly parts: readonly Part[];
  readonly log: Logger;
  /** The one that the probes are served from. Default: one of its own. */
  readonly readiness?: Readiness;
  readonly clock?: TimerClock;
  /** How long to serve on after readiness is withdrawn, in milliseconds. Default: 0. */
  readonly drainDelayMs?: number;
  /** How long running work may take to finish, in milliseconds. Default: 25 000. */
  readonly shutdownGraceMs?: number;
  /** How long each part may take to stop, and to cut what runs, in milliseconds. Default: 5000. */
  readonly stopTimeoutMs?: number;
}

export interface App extends AsyncDisposable {
  readonly state: AppState;
  readonly readiness: Readiness;
  /**
   * Starts the parts in order. Where one fails, those before it are stopped.
   * @throws the failure of the part; AbortError where {@link stop} was called meanwhile.
   */
  start(): Promise<void>;
  /** Stops the parts; what fails on the way is logged and holds up nothing. Calling it again waits for the same end. */
  stop(options?: StopOptions): Promise<void>;
}

export interface StopOptions {
  /** Leaves out the drain delay: for an application that is better gone. */
  readonly atOnce?: boolean;
}

export function createApp(options: AppOptions): App {
  const { parts, log, clock = systemClock, drainDelayMs = 0, shutdownGraceMs = 25_000, stopTimeoutMs = 5_000 } = options;
  const { readiness = createReadiness({ log, clock }) } = options;
  for (const { name, ready } of parts) if (ready !== undefined) readiness.add(name, ready);
  const starting = new AbortController();
  const started: Part[] = [];
  let state: AppState = "starting";
  let starts: Promise<void> | undefined;
  let stops: Promise<void> | undefined;

  const enter = (next: AppState): void => {
    state = next;
    readiness.enter(next);
    log.debug({ state }, "application");
  };

  const startParts = async (): Promise<void> => {
    for (const part of parts) {
      starting.signal.throwIfAborted();
      const startedMs = clock.monotonicMs();
      await part.start?.(starting.signal);
      started.push(part);
      log.debug({ part: part.name, duration_ms: Math.round(clock.monotonicMs() - startedMs) }, "started");
    }
    starting.signal.throwIfAborted();
    enter("ready");
  };

  const start = async (): Promise<void> => {
    try {
      await startParts();
    } catch (error) {
      // Called off: whoever did it stops the parts.
      if (!starting.signal.aborted) {
        enter("stopping");
        await stopParts();
      }
      throw error;
    }
  };

  /** Waits for the work, no longer than it may take, and logs what goes wrong with it. */
  const bounded = async (
    name: string,
    what: string,
    timeoutMs: number,
    work: () => Promise<void> | PromiseLike<void> | void,
  ): Promise<void> => {
    try {
      const ended = await within(clock, timeoutMs, (async () => work())());
      if (!ended) log.error({ part: name, timeout_ms: timeoutMs }, `${what} took too long and is left behind`);
    } catch (error) {
      log.error({ part: name, err: error }, `${what} failed`);
    }
  };

  const drainParts = async (): Promise<void> => {
    const grace = new AbortController();
    const timer = clock.after(shutdownGraceMs, () => {
      log.warn({ grace_ms: shutdownGraceMs }, "the time to finish is over: what still runs is cut");
      grace.abort(new DOMException("the time to finish is over", "TimeoutError"));
    });
    const limitMs = shutdownGraceMs + stopTimeoutMs;
    await Promise.all(started.map((part) => bounded(part.name, "draining", limitMs, () => part.drain?.(grace.signal))));
    timer.cancel();
  };

  const stopParts = async (): Promise<void> => {
    for (const part of started.toReversed()) {
      await bounded(part.name, "stopping", stopTimeoutMs, () => (part.stop ? part.stop() : part[Symbol.asyncDispose]?.()));
    }
    enter("stopped");
  };

  const stop = async ({ atOnce = false }: StopOptions): Promise<void> => {
    starting.abort(new DOMException("the application was stopped while it started", "AbortError"));
    await bounded("start", "calling off the start", stopTimeoutMs, () => starts?.catch(() => {}));
    if (state === "stopped") return;
    if (state === "ready") {
      enter("draining");
      if (!atOnce) await sleep(clock, drainDelayMs);
    }
    enter("stopping");
    await drainParts();
    await stopParts();
  };

  return {
    get state() {
      return state;
    },
    readiness,
    start() {
      starts ??= start();
      return starts;
    },
    stop(how = {}) {
      stops ??= stop(how);
      return stops;
    },
    [Symbol.asyncDispose]() {
      return this.stop();
    },
  };
}
