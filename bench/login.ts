import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { LoadResult } from "./load.ts";
import { get, load, post } from "./load.ts";
import type { Figure } from "./report.ts";
import { median } from "./report.ts";
import { benchUser, register, startArcana } from "./servers.ts";

const rounds = 5;
const durationMs = 3000;

/** Logins a second beside the raw rate of the hash function on the same cores, and how `/health` fares meanwhile. */
export async function login(): Promise<readonly Figure[]> {
  const server = await startArcana();
  try {
    await register(server.port);
    const request = post("/api/v1/auth/login", { username_or_email: benchUser.username, password: benchUser.password });
    const [raw, logins, healths]: [number[], LoadResult[], LoadResult[]] = [[], [], []];
    for (let round = 0; round < rounds; round++) {
      raw.push(await rawRate());
      logins.push(await load({ port: server.port, request, connections: 16, durationMs }));
      const [, health] = await Promise.all([
        load({ port: server.port, request, connections: 16, durationMs }),
        load({ port: server.port, request: get("/health"), connections: 1, durationMs }),
      ]);
      healths.push(health);
    }
    return [
      { what: "Argon2id verify, raw", value: median(raw), unit: "/s" },
      {
        what: "POST /auth/login",
        value: median(logins.map((result) => result.requestsPerSecond)),
        unit: "/s",
        note: `16 connections, p99 ${median(logins.map((r) => r.p99Ms)).toFixed(0)} ms`,
      },
      {
        what: "login / raw",
        value: median(logins.map((result, round) => result.requestsPerSecond / (raw[round] ?? Number.NaN))),
        unit: "×",
        goal: { atLeast: 0.9 },
      },
      { what: "p99 of /health meanwhile", value: median(healths.map((result) => result.p99Ms)), unit: "ms", goal: { atMost: 50 } },
    ];
  } finally {
    await server.stop();
  }
}

async function rawRate(): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, "peers/argon2.ts"), String(durationMs)]);
  return Number(stdout);
}
