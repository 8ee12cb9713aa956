import { get } from "./load.ts";
import type { Figure } from "./report.ts";
import { compare } from "./rounds.ts";
import { startArcana, startPeer } from "./servers.ts";

/** `GET /health` beside `node:http` and Fastify with the same answer. */
export async function health(): Promise<readonly Figure[]> {
  const servers = [await startPeer("node-http"), await startPeer("fastify"), await startArcana()] as const;
  try {
    const names = ["node:http", "Fastify", "Arcana"];
    const { scores, ratio } = await compare(
      servers.map(({ port, pid }, index) => ({ name: names[index] ?? "", pid, port, request: get("/health") })),
    );
    return [
      ...[...scores].map(([name, { requestsPerSecond, p99Ms, cpuUs }]) => ({
        what: `GET /health, ${name}`,
        value: requestsPerSecond,
        unit: "req/s",
        note: `p99 ${p99Ms.toFixed(2)} ms, ${cpuUs.toFixed(1)} µs CPU a request`,
      })),
      { what: "Arcana / Fastify", value: ratio("Arcana", "Fastify"), unit: "×", goal: { atLeast: 0.85 } },
      { what: "Arcana / node:http", value: ratio("Arcana", "node:http"), unit: "×" },
    ];
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}
