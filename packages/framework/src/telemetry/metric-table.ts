/** The metrics of the framework, declared in one place: the reference documentation is compared with it. */

export interface MetricRow {
  readonly type: "counter" | "gauge" | "histogram";
  /** The names of the labels, in the order in which their values are given. */
  readonly labels: readonly string[];
  readonly help: string;
  /** The upper bounds of a histogram's buckets, rising, without infinity. */
  readonly buckets?: readonly number[];
  /** How the values of several workers become one. Default: `sum`. */
  readonly combine?: "sum" | "max" | "min" | "mean";
}

export type MetricTable = Readonly<Record<string, MetricRow>>;

/** Rate, errors and duration of every RPC, over every protocol. */
export const rpcMetrics = {
  arcana_rpc_requests_total: {
    type: "counter",
    labels: ["service", "method", "protocol", "code"],
    help: "RPCs that have ended, by how: `ok` or one of the gRPC status codes in lower case. Those whose message was refused unread count here alone.",
  },
  arcana_rpc_duration_seconds: {
    type: "histogram",
    labels: ["service", "method", "protocol"],
    help: "Time from the first interceptor to the answer, or to the end of a stream.",
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  arcana_rpc_in_flight: { type: "gauge", labels: ["protocol"], help: "RPCs under way; streams count until they end." },
} as const satisfies MetricTable;

/** The process. Names are those that Prometheus clients agree on, so that ready-made dashboards work. */
export const processMetrics = {
  arcana_build_info: {
    type: "gauge",
    labels: ["version", "mode"],
    help: "Always 1: the version that runs, and how it is deployed.",
    combine: "max",
  },
  process_cpu_user_seconds_total: { type: "counter", labels: [], help: "CPU time spent in user mode." },
  process_cpu_system_seconds_total: { type: "counter", labels: [], help: "CPU time spent in the kernel." },
  process_cpu_seconds_total: { type: "counter", labels: [], help: "CPU time spent, user and kernel." },
  process_start_time_seconds: {
    type: "gauge",
    labels: [],
    help: "When the oldest process started, in seconds since the epoch.",
    combine: "min",
  },
  process_resident_memory_bytes: { type: "gauge", labels: [], help: "Resident memory." },
  nodejs_heap_size_total_bytes: { type: "gauge", labels: [], help: "Memory that V8 holds for its heap." },
  nodejs_heap_size_used_bytes: { type: "gauge", labels: [], help: "Memory of the heap that is in use." },
  nodejs_external_memory_bytes: { type: "gauge", labels: [], help: "Memory outside of the heap that JavaScript objects hold." },
  nodejs_eventloop_lag_mean_seconds: { type: "gauge", labels: [], help: "Mean delay of a timer since the last reading.", combine: "mean" },
  nodejs_eventloop_lag_p50_seconds: { type: "gauge", labels: [], help: "Median delay of a timer since the last reading.", combine: "max" },
  nodejs_eventloop_lag_p99_seconds: {
    type: "gauge",
    labels: [],
    help: "99th percentile of the delay of a timer since the last reading.",
    combine: "max",
  },
  nodejs_eventloop_lag_max_seconds: { type: "gauge", labels: [], help: "Longest delay of a timer since the last reading.", combine: "max" },
  nodejs_eventloop_utilization: {
    type: "gauge",
    labels: [],
    help: "Share of the time since the last reading in which the event loop was busy, 0 to 1.",
    combine: "max",
  },
  nodejs_version_info: { type: "gauge", labels: ["version"], help: "Always 1: the version of Node.js.", combine: "max" },
} as const satisfies MetricTable;

/** Every metric of the framework, by its name. An application adds tables of its own by {@link Metrics.define}. */
export const metricTable = { ...rpcMetrics, ...processMetrics } as const satisfies MetricTable;
