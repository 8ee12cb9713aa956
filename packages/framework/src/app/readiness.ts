import type { Logger } from "../telemetry/log.ts";
import type { AppState } from "./app-state.ts";
import type { Timer, TimerClock } from "./clock.ts";
import { systemClock } from "./clock.ts";

/** Resolves where what it looks at is well; throws where it is not. The signal aborts when its time is over. */
export type ReadinessCheck = (signal: AbortSignal) => Promise<void> | void;

export interface DependencyState {
  readonly name: string;
  readonly status: "up" | "down";
  /** How long the check took; absent where it did not end in time. */
  readonly latencyMs?: number;
  /** Why it is down, in words that may be public. The log has the error itself. */
  readonly error?: "failed" | "timed out";
}

export interface ReadinessReport {
  /** Whether requests should be sent here: started, not draining, every dependency up. */
  readonly ready: boolean;
  readonly state: AppState;
  readonly dependencies: readonly DependencyState[];
}

export interface ReadinessOptions {
  readonly log: Logger;
  readonly clock?: TimerClock;
  /** How long a check may take, in milliseconds. Default: 2000. */
  readonly timeoutMs?: number;
  /** How long a result is good for, in milliseconds: what probes cost does not grow with how many ask. Default: 1000. */
  readonly cacheMs?: number;
  /** How often the checks run while somebody watches, in milliseconds. Default: 5000. */
  readonly watchMs?: number;
}

export interface Readiness {
  /** Adds a check under a name that is public. @throws TypeError where the name is taken. */
  add(name: string, check: ReadinessCheck): void;
  /** Tells how far the application is; {@link createApp} does. */
  enter(state: AppState): void;
  /** Runs the checks whose results are too old, all at once; a check that still runs is not run again. Never throws. */
  report(): Promise<ReadinessReport>;
  /** What the last report, or a change of state since, amounts to. */
  readonly ready: boolean;
  /** Calls the listener at every change of {@link ready}. Returns what ends it. */
  watch(listener: (ready: boolean) => void): () => void;
}

export function createReadiness(options: ReadinessOptions): Readiness {
  const { log, clock = systemClock, timeoutMs = 2000, cacheMs = 1000, watchMs = 5000 } = options;
  const dependencies = new Map<string, () => Promise<DependencyState>>();
  const listeners = new Set<(ready: boolean) => void>();
  let state: AppState = "starting";
  let ready = false;
  let next: Timer | undefined;

  const settle = (good: boolean): void => {
    if (good === ready) return;
    ready = good;
    for (const listener of [...listeners]) {
      try {
        listener(ready);
      } catch (error) {
        log.error({ err: error }, "a listener to readiness failed");
      }
    }
  };
  const report = async (): Promise<ReadinessReport> => {
    const states = await Promise.all([...dependencies.values()].map((look) => look()));
    const good = state === "ready" && states.every(({ status }) => status === "up");
    settle(good);
    return { ready: good, state, dependencies: states };
  };
  const poll = (): void => {
    next?.cancel();
    next = state === "ready" && listeners.size > 0 ? clock.after(watchMs, () => void report().then(poll)) : undefined;
  };

  return {
    add(name, check) {
      if (dependencies.has(name)) throw new TypeError(`there is a readiness check ${name} already`);
      dependencies.set(name, watchedCheck(name, check, { log, clock, timeoutMs, cacheMs }));
    },
    enter(entered) {
      state = entered;
      if (entered !== "ready") settle(false);
      else void report();
      poll();
    },
    report,
    get ready() {
      return ready;
    },
    watch(listener) {
      listeners.add(listener);
      poll();
      return () => {
        listeners.delete(listener);
        poll();
      };
    },
  };
}

type CheckOptions = Required<Pick<ReadinessOptions, "log" | "clock" | "timeoutMs" | "cacheMs">>;

/** The check with its time limit and its memory: it never runs twice at once, nor more often than results grow old. */
function watchedCheck(
  name: string,
  check: ReadinessCheck,
  { log, clock, timeoutMs, cacheMs }: CheckOptions,
): () => Promise<DependencyState> {
  let last: { readonly state: DependencyState; readonly atMs: number } | undefined;
  let looking: Promise<DependencyState> | undefined;
  let running = false;

  const keep = (state: DependencyState, error?: unknown): DependencyState => {
    if (state.status === "down" && last?.state.status !== "down")
      log.warn({ dependency: name, why: state.error, err: error }, "a dependency is down");
    if (state.status === "up" && last?.state.status === "down") log.info({ dependency: name }, "a dependency is up again");
    last = { state, atMs: clock.monotonicMs() };
    return state;
  };

  const look = async (): Promise<DependencyState> => {
    const startedMs = clock.monotonicMs();
    const limit = new AbortController();
    running = true;
    const work = (async () => check(limit.signal))().finally(() => {
      running = false;
    });
    const { promise: timeout, resolve } = Promise.withResolvers<DependencyState>();
    const timer = clock.after(timeoutMs, () => {
      resolve(keep({ name, status: "down", error: "timed out" }));
      limit.abort(new DOMException("the check took too long", "TimeoutError"));
    });
    const latencyMs = (): number => Math.round((clock.monotonicMs() - startedMs) * 10) / 10;
    const result = work.then(
      () => (limit.signal.aborted ? undefined : keep({ name, status: "up", latencyMs: latencyMs() })),
      (error: unknown) =>
        limit.signal.aborted ? undefined : keep({ name, status: "down", latencyMs: latencyMs(), error: "failed" }, error),
    );
    const state = (await Promise.race([result, timeout])) ?? (await timeout);
    timer.cancel();
    return state;
  };

  return async () => {
    if (looking !== undefined) return looking;
    if (last !== undefined && (running || clock.monotonicMs() - last.atMs < cacheMs)) return last.state;
    looking = look().finally(() => {
      looking = undefined;
    });
    return looking;
  };
}
