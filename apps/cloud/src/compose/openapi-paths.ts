import type { PathItem, Paths } from "@arcana/framework/rpc";
import type { Config } from "../config.ts";

/** The paths that are in no contract, for the OpenAPI document. */
export function plainPaths({ observability: { metricsEnabled, metricsPort, metricsPath } }: Config): Paths {
  const json = (description: string) => ({ description, content: { "application/json": { schema: { type: "object" as const } } } });
  const text = (description: string) => ({ description, content: { "text/plain": { schema: { type: "string" as const } } } });
  const get = (operationId: string, summary: string, responses: NonNullable<PathItem["get"]>["responses"]): PathItem => ({
    get: { operationId, tags: ["Operations"], summary, security: [], responses },
  });
  return {
    "/live": get("live", "Whether the process answers.", { "200": json("It does.") }),
    "/ready": get("ready", "Whether requests should be sent here, and the state of each dependency.", {
      "200": json("They should."),
      "503": json("They should not: starting, draining, or a dependency is down."),
    }),
    "/.well-known/jwks.json": get("jwks", "The public keys that access tokens are verified with (RFC 7517).", {
      "200": json("The keys; none where tokens are signed by a secret."),
    }),
    ...(metricsEnabled &&
      metricsPort === undefined && {
        [metricsPath]: get("metrics", "Metrics in Prometheus' text format.", { "200": text("The metrics.") }),
      }),
  };
}
