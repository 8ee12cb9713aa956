import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Running } from "./process.ts";
import { startServer } from "./process.ts";

const root = join(import.meta.dirname, "..");
let nextPort = 18_400;

/** A server of `bench/peers`. */
export function startPeer(name: "node-http" | "fastify"): Promise<Running> {
  const port = nextPort++;
  return startServer({ args: ["--conditions=@arcana/source", join(root, `bench/peers/${name}.ts`), String(port)], port });
}

/** Gives the work a folder that goes with it. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "arcana-bench-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The application as `npm start` runs it, in production: monolithic, on a database file. Without a folder it gets a new one. */
export async function startArcana({ folder }: { readonly folder?: string } = {}): Promise<Running> {
  const own = folder === undefined ? mkdtempSync(join(tmpdir(), "arcana-bench-")) : undefined;
  const [port, grpcPort, metricsPort] = [nextPort++, nextPort++, nextPort++];
  const running = await startServer({
    args: ["--conditions=@arcana/source", join(root, "apps/cloud/bin/main.js"), "start"],
    port,
    environment: {
      ARCANA_ENVIRONMENT: "production",
      ARCANA_SECURITY__JWT_SECRET: "a secret for the benchmark, not for life",
      ARCANA_DATABASE__URL: `sqlite://${join(folder ?? own ?? "", "bench.db")}`,
      ARCANA_SERVER__REST__HOST: "127.0.0.1",
      ARCANA_SERVER__REST__PORT: String(port),
      ARCANA_SERVER__GRPC__HOST: "127.0.0.1",
      ARCANA_SERVER__GRPC__PORT: String(grpcPort),
      ARCANA_OBSERVABILITY__METRICS_PORT: String(metricsPort),
      // Nobody sends requests to a server that is to stop.
      ARCANA_SERVER__DRAIN_DELAY: "0s",
    },
  });
  return {
    ...running,
    async stop() {
      await running.stop();
      if (own !== undefined) rmSync(own, { recursive: true, force: true });
    },
  };
}

export const benchUser = {
  username: "bench",
  email: "bench@example.com",
  password: "correct horse battery",
  first_name: "Bench",
  last_name: "User",
};

/** Registers the benchmark's user. */
export async function register(port: number): Promise<{ readonly token: string }> {
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/auth/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(benchUser),
  });
  const { data } = (await response.json()) as { data?: { access_token: string } };
  if (data === undefined) throw new Error(`registration failed with ${response.status}`);
  return { token: data.access_token };
}
