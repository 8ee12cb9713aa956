/** A server as small as can be, run as a child by the tests of signals and workers. Takes its settings as JSON. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createLogger, createMetrics } from "../../telemetry/index.ts";
import type { Part, Worker } from "../index.ts";
import { createApp, createReadiness, live, ready, runWorkers } from "../index.ts";

export interface ProgramSettings {
  readonly workers?: number;
  readonly port?: number;
  readonly drainDelayMs?: number;
  readonly shutdownGraceMs?: number;
  readonly maxRestarts?: number;
  /** The start of every worker fails with this message. */
  readonly startFailure?: string;
}

const settings = JSON.parse(process.argv[2] ?? "{}") as ProgramSettings;
const log = createLogger({ level: "debug", format: "json" });

function compose(worker: Worker) {
  const readiness = createReadiness({ log });
  const metrics = createMetrics();
  const served = metrics.define({ served_total: { type: "counter", labels: [], help: "Requests served." } }).counter("served_total");
  const gather = worker.share("metrics", () => metrics.read());
  const routes: Record<string, () => unknown> = {
    "/live": () => live().body,
    "/ready": async () => (await ready(readiness)).body,
    "/metrics": async () => metrics.expose(await gather()),
    "/serve": () => {
      served.inc();
      return { pid: process.pid, worker: worker.number };
    },
    "/slow": () => new Promise((resolve) => setTimeout(() => resolve("slow but done"), 400)),
    "/never": () => new Promise(() => {}),
    "/throw": () =>
      setImmediate(() => {
        throw new Error("thrown by a test");
      }) && "thrown",
    "/reject": () => {
      void Promise.reject(new Error("rejected by a test"));
      return "rejected";
    },
    "/die": () => process.kill(process.pid, "SIGKILL"),
  };
  const server = createServer(async (request, response) => {
    log.info({ path: request.url }, "request");
    const answer = await routes[request.url ?? ""]?.();
    response.setHeader("connection", "close");
    response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
  });
  const http: Part = {
    name: "http",
    start: () => new Promise((resolve, reject) => server.once("error", reject).listen(settings.port ?? 0, "127.0.0.1", resolve)),
    drain: (signal) => {
      signal.addEventListener("abort", () => server.closeAllConnections(), { once: true });
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  const database: Part = {
    name: "database",
    start() {
      if (settings.startFailure !== undefined) throw Object.assign(new Error(settings.startFailure), { code: "E_SETTINGS" });
    },
    stop: () => log.info("database closed"),
  };
  const announce: Part = {
    name: "announce",
    start: () => log.info({ port: (server.address() as AddressInfo).port, worker: worker.number }, "listening"),
  };
  const { drainDelayMs = 0, shutdownGraceMs = 2000 } = settings;
  return createApp({ parts: [database, http, announce], log, readiness, drainDelayMs, shutdownGraceMs });
}

try {
  const { workers = 1, maxRestarts = 10 } = settings;
  process.exit(await runWorkers({ count: workers, log, compose, restart: { firstDelayMs: 20, maxRestarts } }));
} catch (error) {
  const { message, code } = error as NodeJS.ErrnoException;
  process.stderr.write(`could not start: ${message} (${code})\n`);
  process.exit(78);
}
