import { setTimeout as wait } from "node:timers/promises";
import { residentMb } from "./process.ts";
import type { Figure } from "./report.ts";
import { median } from "./report.ts";
import { startArcana } from "./servers.ts";

const rounds = 7;

/** From `spawn` to an accepted connection, and the resident memory of a server that nobody has asked anything yet. */
export async function startUp(): Promise<readonly Figure[]> {
  const times: number[] = [];
  const memory: number[] = [];
  // The first start fills the compile cache, as any start after an installation or a change does.
  for (let round = 0; round <= rounds; round++) {
    const server = await startArcana();
    if (round > 0) times.push(server.startedInMs);
    await wait(1500);
    const resident = residentMb(server.pid);
    if (round > 0 && resident !== undefined) memory.push(resident);
    await server.stop();
  }
  return [
    { what: "start to listening", value: median(times), unit: "ms", goal: { atMost: 400 }, note: "compile cache warm" },
    ...(memory.length > 0 ? [{ what: "resident, idle", value: median(memory), unit: "MB", goal: { atMost: 110 } }] : []),
  ];
}
