// The command line as a child process: started as an operator starts it, watched by its log.
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const entry = join(import.meta.dirname, "../../apps/cloud/bin/main.js");

export interface Line {
  readonly level: string;
  readonly msg: string;
  readonly pid: number;
  readonly [field: string]: unknown;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Program extends AsyncDisposable {
  readonly pid: number;
  readonly lines: readonly Line[];
  /** What it wrote to the standard error so far. */
  errors(): string;
  /** The first log line, past or to come, that fits. @throws where the process ends without it, or after 20 s. */
  line(fits: (line: Line) => boolean): Promise<Line>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

export interface Server extends Program {
  readonly rest: number;
  readonly grpc: number;
}

type Settings = Readonly<Record<string, string>>;

/** Folders that a test fills; they go with it. */
export function scratch(): { readonly folder: string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), "arcana-life-"));
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** What a server of the tests runs with: a database in `folder`, free ports, cheap hashes. Settings are added as variables. */
export function environmentIn(folder: string, settings: Settings = {}): Settings {
  return {
    ARCANA_ENVIRONMENT: "test",
    ARCANA_APP__DATA_DIRECTORY: folder,
    ARCANA_DATABASE__URL: `sqlite://${join(folder, "test.db")}`,
    ARCANA_SERVER__REST__HOST: "127.0.0.1",
    ARCANA_SERVER__REST__PORT: "0",
    ARCANA_SERVER__GRPC__HOST: "127.0.0.1",
    ARCANA_SERVER__GRPC__PORT: "0",
    ARCANA_SECURITY__ARGON2__MEMORY_KIB: "64",
    ARCANA_SECURITY__ARGON2__TIME: "1",
    // All registrations come from one address.
    ARCANA_SECURITY__REGISTRATION__FREE_ATTEMPTS: "100000",
    ARCANA_OBSERVABILITY__LOG_FORMAT: "json",
    ...settings,
  };
}

/** Runs `arcana WORDS`. */
export function run(words: readonly string[], environment: Settings, input = ""): Program {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("ARCANA_") && name !== "NODE_TEST_CONTEXT"),
  );
  const child = spawn(process.execPath, ["--conditions=@arcana/source", entry, ...words], {
    env: { ...inherited, ...environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.on("error", () => {}).end(input);
  return watch(child);
}

/** Runs a command to its end, with what it printed. */
export async function command(
  words: readonly string[],
  environment: Settings,
  input = "",
): Promise<Ended & { readonly output: string; readonly errors: string }> {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("ARCANA_") && name !== "NODE_TEST_CONTEXT"),
  );
  const child = spawn(process.execPath, ["--conditions=@arcana/source", entry, ...words], {
    env: { ...inherited, ...environment },
    stdio: "pipe",
  });
  let [output, errors] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (output += chunk));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk));
  child.stdin.on("error", () => {}).end(input);
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { code, signal, output, errors };
}

/** Starts a server and waits until it is ready. @throws where it ends before, with what it said. */
export async function startServer(environment: Settings): Promise<Server> {
  const program = run(["start"], environment);
  try {
    const port = async (name: string) => (await program.line(({ msg, server }) => msg === "listening" && server === name)).port as number;
    const server = Object.assign(program, { grpc: await port("grpc"), rest: await port("http") });
    await program.line(({ msg }) => msg === "ready");
    return server;
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}

function watch(child: ChildProcess): Program {
  const lines: Line[] = [];
  const news = new EventTarget();
  let errors = "";
  let over = false;
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (text) => {
    lines.push(JSON.parse(text) as Line);
    news.dispatchEvent(new Event("line"));
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    errors += chunk;
  });
  const ended = once(child, "close").then(([code, signal]) => {
    over = true;
    news.dispatchEvent(new Event("line"));
    return { code, signal } as Ended;
  });
  return {
    pid: child.pid ?? 0,
    lines,
    errors: () => errors,
    async line(fits) {
      const patience = AbortSignal.timeout(20_000);
      for (;;) {
        const found = lines.find(fits);
        if (found !== undefined) return found;
        if (over || patience.aborted)
          throw new Error(`the line did not come; it said:\n${lines.map((line) => JSON.stringify(line)).join("\n")}\n${errors}`);
        await Promise.race([once(news, "line"), once(patience, "abort")]);
      }
    },
    kill: (signal) => child.kill(signal),
    ended,
    async [Symbol.asyncDispose]() {
      if (!over) child.kill("SIGKILL");
      await ended;
    },
  };
}
