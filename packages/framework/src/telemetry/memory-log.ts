import type { LogLevel, RootLogger } from "./log.ts";
import { createLogger } from "./logger.ts";

export interface LogEntry {
  readonly level: LogLevel;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface MemoryLog {
  readonly log: RootLogger;
  /** Every line so far, the oldest first, as it would have been written. */
  readonly entries: readonly LogEntry[];
}

/** The logger with its lines kept in memory: for tests of what is logged, and what is not. */
export function memoryLogger(level: LogLevel = "trace"): MemoryLog {
  const entries: LogEntry[] = [];
  const log = createLogger({ level, format: "json", destination: { write: (line) => entries.push(JSON.parse(line) as LogEntry) } });
  return { log, entries };
}
