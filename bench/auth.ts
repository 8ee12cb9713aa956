import { get } from "./load.ts";
import type { Figure } from "./report.ts";
import { compare } from "./rounds.ts";
import { register, startArcana, startPeer } from "./servers.ts";

/** `GET /auth/me` (token check, session check, user) beside a bare Fastify that answers the same object from a constant. */
export async function auth(): Promise<readonly Figure[]> {
  const servers = [await startPeer("fastify"), await startArcana()] as const;
  try {
    const [fastify, arcana] = servers;
    const { token } = await register(arcana.port);
    const request = get("/api/v1/auth/me", { authorization: `Bearer ${token}` });
    const { scores, ratio } = await compare([
      { name: "Fastify", pid: fastify.pid, port: fastify.port, request },
      { name: "Arcana", pid: arcana.pid, port: arcana.port, request },
    ]);
    return [
      ...[...scores].map(([name, { requestsPerSecond, p99Ms, cpuUs }]) => ({
        what: `GET /auth/me, ${name}`,
        value: requestsPerSecond,
        unit: "req/s",
        note: `p99 ${p99Ms.toFixed(2)} ms, ${cpuUs.toFixed(1)} µs CPU a request`,
      })),
      { what: "Arcana / Fastify", value: ratio("Arcana", "Fastify"), unit: "×", goal: { atLeast: 0.5 } },
    ];
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}
