import type { LoadOptions, LoadResult } from "./load.ts";
import { load } from "./load.ts";
import { cpuMs } from "./process.ts";
import { median } from "./report.ts";

/** One contender of a comparison. */
export interface Contender extends Omit<LoadOptions, "connections" | "durationMs"> {
  readonly name: string;
  readonly pid: number;
}

export interface Score {
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
  /** The server's own CPU time for a request, in microseconds. */
  readonly cpuUs: number;
}

const connections = 50;

/** Loads the contenders in turn, round after round, and gives the medians by name. The first round warms up and is not counted. */
export async function compare(
  contenders: readonly Contender[],
  rounds = 7,
  durationMs = 1500,
): Promise<{ readonly scores: ReadonlyMap<string, Score>; ratio(of: string, to: string): number }> {
  const results = new Map<string, (LoadResult & { cpuUs: number })[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const contender of contenders) {
      const before = cpuMs(contender.pid) ?? 0;
      const result = await load({ ...contender, connections, durationMs });
      const cpuUs = (((cpuMs(contender.pid) ?? 0) - before) * 1000) / result.requests;
      if (round > 0) results.get(contender.name)?.push({ ...result, cpuUs });
    }
  }
  const of = (name: string) => results.get(name) ?? [];
  const scores = new Map(
    contenders.map(({ name }) => [
      name,
      {
        requestsPerSecond: median(of(name).map((r) => r.requestsPerSecond)),
        p99Ms: median(of(name).map((r) => r.p99Ms)),
        cpuUs: median(of(name).map((r) => r.cpuUs)),
      },
    ]),
  );
  return {
    scores,
    // Round by round: both sides of a ratio met the same weather.
    ratio: (a, b) => median(of(a).map((result, round) => result.requestsPerSecond / (of(b)[round]?.requestsPerSecond ?? Number.NaN))),
  };
}
