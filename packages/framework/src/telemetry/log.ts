/** What the parts of a server see of the log. {@link createLogger} makes the real one, {@link memoryLogger} one for tests. */

export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogMethod {
  (message: string): void;
  /** `fields` may be an error itself; else an error goes under `err`. Values under names such as `password` are masked. */
  (fields: object, message: string): void;
}

export interface Logger {
  readonly trace: LogMethod;
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  readonly fatal: LogMethod;
  /** Whether a line of the level would be written: for lines that are costly to put together. */
  enabled(level: LogLevel): boolean;
  /** A logger that adds the fields to each of its lines. For what lives long; for one request see {@link Logger.within}. */
  child(fields: object): Logger;
  /** Runs the function; every line that is written by it, or by what it waits for, carries the fields, whichever logger writes it. */
  within<T>(fields: object, run: () => T): T;
}

/** The logger that the composition root makes and owns. */
export interface RootLogger extends Logger {
  /** May be set at any time; it holds for all children as well. */
  level: LogLevel;
  /** Resolves when every line so far has been handed to the operating system. */
  flush(): Promise<void>;
}
