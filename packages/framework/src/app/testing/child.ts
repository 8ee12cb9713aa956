/** Runs a program of the tests as a child and listens to what it logs. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ProgramSettings } from "./program.ts";

interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly pid: number;
  readonly [field: string]: unknown;
}

export interface Child extends AsyncDisposable {
  readonly lines: readonly LogLine[];
  /** What it wrote to its standard error so far. */
  readonly errors: string;
  /** The first line, past or to come, that fits. @throws where the child ends without it. */
  line(fits: (line: LogLine) => boolean): Promise<LogLine>;
  /** Resolves with the body of the answer. */
  get(path: string): Promise<string>;
  kill(signal: NodeJS.Signals): void;
  /** Sends the signal to the child and its own children at once, as a terminal does. */
  killGroup(signal: NodeJS.Signals): void;
  /** Resolves when it, and every process that shares its output, has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

/** Resolves when the child listens, or has ended. */
export async function startProgram(settings: ProgramSettings): Promise<Child> {
  const args = ["--conditions=@arcana/source", fileURLToPath(import.meta.resolve("./program.ts")), JSON.stringify(settings)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
  const lines: LogLine[] = [];
  const changed = new EventTarget();
  let errors = "";
  let over = false;
  createInterface({ input: child.stdout }).on("line", (text) => {
    lines.push(JSON.parse(text) as LogLine);
    changed.dispatchEvent(new Event("change"));
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const ended = once(child, "close").then(([code, signal]: (number | string | null)[]) => {
    over = true;
    changed.dispatchEvent(new Event("change"));
    return { code: code as number | null, signal: signal as string | null };
  });
  const line: Child["line"] = async (fits) => {
    for (;;) {
      const found = lines.find(fits);
      if (found !== undefined) return found;
      if (over) throw new Error(`the child ended without the line; it wrote:\n${JSON.stringify(lines)}\n${errors}`);
      await once(changed, "change");
    }
  };
  const listening = line(({ msg }) => msg === "listening");
  await listening.catch(() => {});
  return {
    lines,
    get errors() {
      return errors;
    },
    line,
    get: async (path) => (await fetch(`http://127.0.0.1:${String((await listening).port)}${path}`)).text(),
    kill: (signal) => void child.kill(signal),
    killGroup: (signal) => void process.kill(-(child.pid ?? 0), signal),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
