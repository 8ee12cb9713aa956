import { setTimeout as wait } from "node:timers/promises";
import { residentMb } from "./process.ts";
import type { Figure } from "./report.ts";
import { median } from "./report.ts";
import { inFolder, startArcana } from "./servers.ts";

const rounds = 7;
/** After the warm-up: what is measured is a server with everything loaded that REST needs. */
const idleMs = 1500;

interface Start {
  readonly listeningMs: number;
  readonly readyMs: number;
  readonly residentMb: number | undefined;
}

/** From `spawn` to an accepted connection and to readiness, and the resident memory of a server that nobody has asked anything else. */
export async function startUp(): Promise<readonly Figure[]> {
  // The first start fills the compile cache, as any start after an installation or a change does; it is not counted.
  const again = await inFolder(async (folder) => {
    await measure(folder);
    return repeat(() => measure(folder));
  });
  const first = await repeat(() => inFolder(measure));
  const resident = again.flatMap(({ residentMb: mb }) => mb ?? []);
  return [
    {
      what: "start to listening",
      value: median(again.map((start) => start.listeningMs)),
      unit: "ms",
      goal: { atMost: 400 },
      note: "compile cache warm",
    },
    { what: "start to ready", value: median(again.map((start) => start.readyMs)), unit: "ms", note: "everything loaded" },
    {
      what: "start to listening, new database",
      value: median(first.map((start) => start.listeningMs)),
      unit: "ms",
      note: "with all migrations",
    },
    ...(resident.length > 0 ? [{ what: "resident, idle", value: median(resident), unit: "MB", goal: { atMost: 110 } }] : []),
  ];
}

async function repeat(start: () => Promise<Start>): Promise<readonly Start[]> {
  const starts: Start[] = [];
  for (let round = 0; round < rounds; round++) starts.push(await start());
  return starts;
}

async function measure(folder: string): Promise<Start> {
  const server = await startArcana({ folder });
  const listenedAt = performance.now();
  while (!(await isReady(server.port))) await wait(2);
  const readyMs = server.startedInMs + performance.now() - listenedAt;
  await wait(idleMs);
  const start = { listeningMs: server.startedInMs, readyMs, residentMb: residentMb(server.pid) };
  await server.stop();
  return start;
}

async function isReady(port: number): Promise<boolean> {
  return (await fetch(`http://127.0.0.1:${port}/ready`)).ok;
}
