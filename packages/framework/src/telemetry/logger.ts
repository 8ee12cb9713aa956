import { AsyncLocalStorage } from "node:async_hooks";
import { once } from "node:events";
import { createRequire } from "node:module";
import { isatty } from "node:tty";
import { types } from "node:util";
import type { Logger as Pino } from "pino";
import { destination as openDestination, pino } from "pino";
import { errorFields } from "./errors.ts";
import type { Logger, LogLevel, LogMethod, RootLogger } from "./log.ts";
import { redact } from "./redact.ts";
import { scrub } from "./scrub.ts";

export interface LoggerOptions {
  /** Default: `info`. */
  readonly level?: LogLevel;
  /** `auto`, the default: pretty where the output is a terminal, else one JSON object a line. */
  readonly format?: "pretty" | "json" | "auto";
  /** The application's name; stands in every JSON line. */
  readonly name?: string;
  /** Where the lines go: a file descriptor (default: 1, the standard output), or an object that takes each line. */
  readonly destination?: number | LineWriter;
}

/** Takes finished lines, each with its line feed. */
export interface LineWriter {
  write(line: string): void;
}

/** What the file descriptor does not take at once waits in memory, up to this much; beyond, lines are dropped and counted. */
const maxWaitingBytes = 8 * 1024 * 1024;
/**
 * POSIX promises that writes to a pipe of up to PIPE_BUF bytes (4096 on Linux) are not torn apart: lines of several
 * workers on one pipe stay whole.
 */
const maxWriteBytes = 4096;
const flushTimeoutMs = 2000;

/**
 * Makes the log of the process. Lines are written asynchronously and in batches; those that still wait when the process
 * exits, whether by `process.exit` or by an uncaught error, are written then.
 */
export function createLogger(options: LoggerOptions = {}): RootLogger {
  const { level = "info", format = "auto", name, destination = 1 } = options;
  const sink = typeof destination === "number" ? openSink(destination) : { writer: destination, flush: async () => {} };
  const pretty = format === "pretty" || (format === "auto" && typeof destination === "number" && isatty(destination));
  const writer = pretty ? prettyWriter(sink.writer, typeof destination === "number" ? destination : undefined) : sink.writer;
  const base = name === undefined ? { pid: process.pid } : { name, pid: process.pid };
  // Levels are decided here, not in pino, whose children each keep the level they were born with.
  const formatters = { level: (label: string) => ({ level: label }) };
  // Errors are fields by the time pino sees them; its own serialiser would take them for errors still.
  const serializers = { err: (err: unknown) => err };
  const target = pino({ level: "trace", base, timestamp, formatters, serializers }, writer);
  const shared: Shared = { threshold: severity(level), context: new AsyncLocalStorage() };
  let current = level;
  return Object.defineProperty(Object.assign(loggerOn(target, shared), { level, flush: sink.flush }), "level", {
    enumerable: true,
    get: () => current,
    set: (next: LogLevel) => {
      shared.threshold = severity(next);
      current = next;
    },
  });
}

/** What a logger shares with its children. */
interface Shared {
  threshold: number;
  readonly context: AsyncLocalStorage<object>;
}

function severity(level: LogLevel): number {
  return pino.levels.values[level] ?? Number.POSITIVE_INFINITY;
}

function loggerOn(target: Pino, shared: Shared): Logger {
  const method = (level: Exclude<LogLevel, "silent">): LogMethod => {
    const value = severity(level);
    return (first: object | string, message?: string) => {
      if (value < shared.threshold) return;
      const text = typeof first === "string" ? first : message;
      target[level](lineFields(first, shared.context.getStore()), text === undefined ? text : scrub(text));
    };
  };
  return {
    trace: method("trace"),
    debug: method("debug"),
    info: method("info"),
    warn: method("warn"),
    error: method("error"),
    fatal: method("fatal"),
    enabled: (level) => level !== "silent" && severity(level) >= shared.threshold,
    child: (fields) => loggerOn(target.child(redact(fields)), shared),
    within: (fields, run) => {
      const outer = shared.context.getStore();
      return shared.context.run(outer === undefined ? fields : { ...outer, ...fields }, run);
    },
  };
}

function lineFields(first: object | string, context: object | undefined): object {
  const fields = typeof first === "string" ? {} : types.isNativeError(first) ? { err: errorFields(first) } : redact(first);
  return context === undefined ? fields : { ...redact(context), ...fields };
}

let timestampMs = 0;
let timestampText = "";

/** RFC 3339; made once a millisecond. */
function timestamp(): string {
  const nowMs = Date.now();
  if (nowMs !== timestampMs) {
    timestampMs = nowMs;
    timestampText = `,"time":"${new Date(nowMs).toISOString()}"`;
  }
  return timestampText;
}

interface Sink {
  readonly writer: LineWriter;
  flush(): Promise<void>;
}

function openSink(fd: number): Sink {
  const stream = openDestination({ dest: fd, sync: false, maxLength: maxWaitingBytes, maxWrite: maxWriteBytes });
  let waiting = false;
  let dropped = 0;
  /** The reader has gone: nothing is written any more, and no event tells of it. */
  let broken = false;
  const write = (line: string): void => {
    if (broken) return;
    waiting = true;
    stream.write(line);
  };
  stream.on("drop", () => {
    dropped += 1;
  });
  stream.on("drain", () => {
    waiting = false;
    if (dropped === 0) return;
    const msg = `the log's reader was too slow: ${dropped} lines were dropped`;
    dropped = 0;
    write(`${JSON.stringify({ level: "warn", time: new Date().toISOString(), pid: process.pid, msg })}\n`);
  });
  // A full disk must not end the server: without a listener the error would be thrown.
  stream.on("error", ({ code }: NodeJS.ErrnoException) => {
    waiting = false;
    broken ||= code === "EPIPE";
  });
  const flush = async (): Promise<void> => {
    const limit = AbortSignal.timeout(flushTimeoutMs);
    // An error ends the wait as the drain does. One drain may not be the last: it can write what was dropped.
    while (waiting && !limit.aborted) await once(stream, "drain", { signal: limit }).catch(() => {});
  };
  return { writer: { write }, flush };
}

/** pino-pretty as a plain function within the process: loaded only here, and with no stream of its own that a crash could cut off. */
function prettyWriter(to: LineWriter, fd: number | undefined): LineWriter {
  const { prettyFactory } = createRequire(import.meta.url)("pino-pretty") as typeof import("pino-pretty");
  const terminal = fd !== undefined && isatty(fd) ? (fd === 2 ? process.stderr : process.stdout) : undefined;
  const colorize = terminal?.hasColors() ?? false;
  const prettify = prettyFactory({ colorize, translateTime: "SYS:HH:MM:ss.l", ignore: "pid,name", singleLine: true });
  return { write: (line) => to.write(prettify(line)) };
}
