/**
 * The standard health service of gRPC, which load balancers and `grpc_health_probe` ask.
 * https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
import type { HandlerContext } from "@connectrpc/connect";
import { frameworkError } from "../error/index.ts";
import { HealthCheckResponse_ServingStatus, Health as HealthService } from "../gen/grpc/health/v1/health_pb.ts";
import type { Routes } from "./dispatch.ts";

/** A request holds a name. The contract is gRPC's own, and sets no bound. */
const maxRequestBytes = 16 * 1024;

export type ServingStatus = "serving" | "not_serving";

export interface HealthOptions {
  /** The full names of the services served. The server as a whole, under the empty name, is always among them. */
  readonly services: readonly string[];
  /** What all are until they are set. Default: `not_serving`, for a server that is still starting. */
  readonly initially?: ServingStatus;
  /** How many watches may be open at once; more are refused. Default: 1000. */
  readonly maxWatchers?: number;
}

/** The health of the server and of each of its services, as clients see it. */
export interface Health {
  /** Sets the state of one service, known before or not; the empty name is the server as a whole. */
  set(service: string, status: ServingStatus): void;
  /** Sets the state of the server and of every known service. */
  setAll(status: ServingStatus): void;
  /** From now on nothing is serving, whatever is set: for a server that still answers but wants no new work. */
  drain(): void;
  /** Drains, then ends every watch once its client has been told. */
  close(): void;
  readonly routes: Routes;
}

type WireStatus = (typeof HealthCheckResponse_ServingStatus)[keyof typeof HealthCheckResponse_ServingStatus];

const { SERVING, NOT_SERVING, SERVICE_UNKNOWN } = HealthCheckResponse_ServingStatus;
const wire = { serving: SERVING, not_serving: NOT_SERVING } as const;

/** Errors of its operations: NOT_FOUND, RATE_LIMIT_EXCEEDED and, once closed, UNAVAILABLE. */
export function createHealth({ services, initially = "not_serving", maxWatchers = 1000 }: HealthOptions): Health {
  const states = new Map<string, WireStatus>(["", ...services].map((service) => [service, wire[initially]]));
  /** Wakes each open watch. */
  const watchers = new Set<() => void>();
  let life: "open" | "draining" | "closed" = "open";
  const isClosed = (): boolean => life === "closed";

  const wakeAll = (): void => {
    for (const wake of watchers) wake();
  };
  const setAll = (status: ServingStatus): void => {
    if (life !== "open") return;
    for (const service of states.keys()) states.set(service, wire[status]);
    wakeAll();
  };
  const drain = (): void => {
    setAll("not_serving");
    if (life === "open") life = "draining";
  };

  async function* watch(service: string, signal: AbortSignal) {
    if (isClosed()) throw frameworkError("UNAVAILABLE", "the server is shutting down");
    if (watchers.size >= maxWatchers) throw frameworkError("RATE_LIMIT_EXCEEDED", "too many watches are open");
    const bell = createBell();
    const leave = (): void => {
      watchers.delete(bell.ring);
      bell.ring();
    };
    watchers.add(bell.ring);
    signal.addEventListener("abort", leave, { once: true });
    try {
      let told: WireStatus | undefined;
      while (!signal.aborted) {
        // Read only now: a client that was slow to take the last state gets the latest one, not each between.
        const status = states.get(service) ?? SERVICE_UNKNOWN;
        if (status !== told) {
          told = status;
          yield { status };
        } else if (isClosed()) {
          return;
        } else {
          await bell.rung();
        }
      }
    } finally {
      leave();
      signal.removeEventListener("abort", leave);
    }
  }

  return {
    set(service, status) {
      if (life !== "open") return;
      states.set(service, wire[status]);
      wakeAll();
    },
    setAll,
    drain,
    close() {
      drain();
      life = "closed";
      wakeAll();
    },
    routes: (router) =>
      router.service(
        HealthService,
        {
          check({ service }) {
            const status = states.get(service);
            if (status === undefined) throw frameworkError("NOT_FOUND", `no service ${service} is served here`);
            return { status };
          },
          watch: ({ service }, { signal }: HandlerContext) => watch(service, signal),
        },
        { readMaxBytes: maxRequestBytes },
      ),
  };
}

/** Lets one waiter sleep until it is rung; rings while nobody waits are kept, as one. */
function createBell() {
  let pending = Promise.withResolvers<void>();
  return {
    ring: () => pending.resolve(),
    async rung(): Promise<void> {
      await pending.promise;
      pending = Promise.withResolvers();
    },
  };
}
