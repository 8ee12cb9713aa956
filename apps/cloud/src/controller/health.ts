import { frameworkError } from "@arcana/framework/error";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import type { HealthService as HealthContract, WatchResponseSchema } from "../gen/arcana/health/v1/health_pb.ts";
import { CheckResponseSchema } from "../gen/arcana/health/v1/health_pb.ts";

/** Whether requests should be sent here, and what that depends on. */
export interface Readiness {
  report(): Promise<{
    readonly ready: boolean;
    readonly dependencies: readonly { readonly name: string; readonly status: "up" | "down" }[];
  }>;
  /** Calls the listener at every change. Returns what ends it. */
  watch(listener: () => void): () => void;
}

export interface HealthOptions {
  readonly version: string;
  readonly readiness: Readiness;
  /** Watches served at once: anybody may begin one, and each is held in memory. Default 1000. */
  readonly maxWatches?: number;
}

/** The contract `arcana.health.v1.HealthService`. */
export function healthController({ version, readiness, maxWatches = 1000 }: HealthOptions): ServiceImpl<typeof HealthContract> {
  // Always the same, and asked for all the time: made once.
  const healthy = create(CheckResponseSchema, { status: "healthy", version });
  let watches = 0;

  async function present(): Promise<MessageInitShape<typeof WatchResponseSchema>> {
    const { ready, dependencies } = await readiness.report();
    return { status: ready ? "ready" : "unready", version, dependencies: dependencies.map(({ name, status }) => ({ name, status })) };
  }

  return {
    check: () => healthy,
    async *watch(_, { signal }) {
      if (watches >= maxWatches) throw frameworkError("OVERLOADED", "too many watches at once; try again later");
      watches += 1;
      const changes = changesOf(readiness, signal, () => {
        watches -= 1;
      });
      try {
        let last: string | undefined;
        do {
          const report = await present();
          if (report.status !== last) yield report;
          last = report.status;
        } while (await changes.next());
      } finally {
        changes.end();
      }
    },
  };
}

/**
 * Changes since the last `next`, many at once as one; none is lost while the reader is busy. `next` is false when the call is over.
 * Everything is released then, even where nobody takes up the reading again: a client that went away reads no more.
 */
function changesOf(readiness: Readiness, signal: AbortSignal, released: () => void) {
  let change = Promise.withResolvers<void>();
  let over = false;
  const wake = () => change.resolve();
  const end = () => {
    if (over) return;
    over = true;
    unwatch();
    signal.removeEventListener("abort", end);
    released();
    wake();
  };
  const unwatch = readiness.watch(wake);
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  return {
    async next(): Promise<boolean> {
      if (!over) await change.promise;
      change = Promise.withResolvers<void>();
      return !over;
    },
    end,
  };
}
