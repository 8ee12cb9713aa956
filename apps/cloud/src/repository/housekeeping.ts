import type { AttemptRepository, AuditLog, Clock, SessionRepository } from "../service/ports.ts";

export interface HousekeepingOptions {
  readonly sessions: Pick<SessionRepository, "purge">;
  readonly attempts: Pick<AttemptRepository, "purge">;
  readonly audit: Pick<AuditLog, "purge">;
  readonly clock: Clock;
  /**
   * How long an ended refresh token is remembered, in milliseconds: as long as its reuse shall still be recognised. At least
   * the time for which a refresh token is good.
   */
  readonly tokenRetentionMs: number;
  /** How long after its last failure a throttled key is forgotten, in milliseconds. */
  readonly attemptRetentionMs: number;
  /** How long an entry of the audit log is kept, in milliseconds; undefined: for ever. */
  readonly auditRetentionMs: number | undefined;
  /** Between two rounds, in milliseconds. Default: an hour. */
  readonly everyMs?: number;
  /** Told of each round that is over. */
  readonly onRound?: (purged: Purged) => void;
  /** Told of a round that failed; the next one comes all the same. */
  readonly onError: (error: unknown) => void;
}

export interface Purged {
  readonly tokens: number;
  readonly attempts: number;
  readonly auditEntries: number;
}

/** Removes what has ended long ago, now and then. Several processes may do so at once. */
export interface Housekeeping extends AsyncDisposable {
  /** One round, now. */
  run(): Promise<Purged>;
  /** Begins the rounds, the first after one interval. They keep no process alive. */
  start(): void;
  /** Ends the rounds; resolves when the one under way has stopped. */
  stop(): Promise<void>;
}

export function createHousekeeping(options: HousekeepingOptions): Housekeeping {
  const { sessions, attempts, audit, auditRetentionMs, clock, everyMs = 3_600_000, onRound, onError } = options;
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> = Promise.resolve();

  const ago = (ms: number): Date => new Date(clock.now().getTime() - ms);

  async function run(): Promise<Purged> {
    const { signal } = stopping;
    const tokens = await sessions.purge(ago(options.tokenRetentionMs), signal);
    const forgotten = await attempts.purge(ago(options.attemptRetentionMs), signal);
    const auditEntries = auditRetentionMs === undefined ? 0 : await audit.purge(ago(auditRetentionMs), signal);
    return { tokens, attempts: forgotten, auditEntries };
  }

  async function runRound(): Promise<void> {
    try {
      // Apart from the call: where nobody listens, its arguments would not be evaluated.
      const purged = await run();
      onRound?.(purged);
    } catch (error) {
      if (!stopping.signal.aborted) onError(error);
    }
    schedule();
  }

  /** After the former round, not beside it: a slow one is not overtaken by the next. */
  function schedule(): void {
    if (stopping.signal.aborted) return;
    timer = setTimeout(() => {
      round = runRound();
    }, everyMs).unref();
  }

  async function stop(): Promise<void> {
    stopping.abort();
    clearTimeout(timer);
    await round;
  }

  return {
    run,
    start() {
      if (timer === undefined) schedule();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
