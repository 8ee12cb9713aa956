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

/** The application as `npm start` runs it in production: monolithic, on a database file of its own. */
export async function startArcana(environment: Readonly<Record<string, string>> = {}): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), "arcana-bench-"));
  const port = nextPort++;
  const running = await startServer({
    args: ["--conditions=@arcana/source", join(root, "apps/cloud/bin/main.js"), "start"],
    port,
    environment: {
      ARCANA_ENVIRONMENT: "production",
      ARCANA_SECURITY__JWT_SECRET: "a secret for the benchmark, not for life",
      ARCANA_DATABASE__URL: `sqlite://${join(folder, "bench.db")}`,
      ARCANA_SERVER__REST__HOST: "127.0.0.1",
      ARCANA_SERVER__REST__PORT: String(port),
      ARCANA_SERVER__GRPC__HOST: "127.0.0.1",
      ARCANA_SERVER__GRPC__PORT: String(nextPort++),
      ...environment,
    },
  });
  return {
    ...running,
    async stop() {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
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
