import type { Readiness } from "./readiness.ts";

/** What a probe answers, to be sent as JSON. */
export interface ProbeAnswer {
  readonly status: 200 | 503;
  readonly body: Readonly<Record<string, unknown>>;
}

/** For `/live`: whoever gets this answer knows that the event loop turns. It looks at nothing else, so that a sick database restarts no server. */
export function live(): ProbeAnswer {
  return { status: 200, body: { status: "alive" } };
}

/** For `/ready`: 200 while requests should be sent here, else 503; with the state of each dependency either way. */
export async function ready(readiness: Readiness): Promise<ProbeAnswer> {
  const report = await readiness.report();
  const dependencies = report.dependencies.map(({ name, status, latencyMs, error }) => ({
    name,
    status,
    ...(latencyMs !== undefined && { latency_ms: latencyMs }),
    ...(error !== undefined && { error }),
  }));
  return { status: report.ready ? 200 : 503, body: { ready: report.ready, state: report.state, dependencies } };
}
