import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { processMetrics } from "./metric-table.ts";
import type { Metrics } from "./metrics.ts";

export interface ProcessMetricsOptions {
  /** The application's version. */
  readonly version: string;
  /** How it is deployed, such as `monolithic`. */
  readonly mode: string;
}

/** How often the event loop's lag is sampled: also how often an idle process wakes up for it. */
const resolutionMs = 20;

/** Measures the process and its event loop. Dispose it to end the sampling. */
export function measureProcess(metrics: Metrics, { version, mode }: ProcessMetricsOptions): Disposable {
  const m = metrics.define(processMetrics);
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  m.gauge("arcana_build_info", version, mode).set(1);
  m.gauge("nodejs_version_info", process.version).set(1);
  m.gauge("process_start_time_seconds").set(performance.timeOrigin / 1000);

  const cpuUser = m.counter("process_cpu_user_seconds_total");
  const cpuSystem = m.counter("process_cpu_system_seconds_total");
  const cpu = m.counter("process_cpu_seconds_total");
  const resident = m.gauge("process_resident_memory_bytes");
  const heapTotal = m.gauge("nodejs_heap_size_total_bytes");
  const heapUsed = m.gauge("nodejs_heap_size_used_bytes");
  const external = m.gauge("nodejs_external_memory_bytes");
  const lagMean = m.gauge("nodejs_eventloop_lag_mean_seconds");
  const lagMedian = m.gauge("nodejs_eventloop_lag_p50_seconds");
  const lagP99 = m.gauge("nodejs_eventloop_lag_p99_seconds");
  const lagMax = m.gauge("nodejs_eventloop_lag_max_seconds");
  const utilization = m.gauge("nodejs_eventloop_utilization");
  let busy = performance.eventLoopUtilization();

  metrics.beforeReading(() => {
    const { user, system } = process.cpuUsage();
    cpuUser.set(user / 1e6);
    cpuSystem.set(system / 1e6);
    cpu.set((user + system) / 1e6);
    const memory = process.memoryUsage();
    resident.set(memory.rss);
    heapTotal.set(memory.heapTotal);
    heapUsed.set(memory.heapUsed);
    external.set(memory.external);
    lagMean.set(lagSeconds(delay.mean));
    lagMedian.set(lagSeconds(delay.percentile(50)));
    lagP99.set(lagSeconds(delay.percentile(99)));
    lagMax.set(lagSeconds(delay.max));
    delay.reset();
    const now = performance.eventLoopUtilization();
    utilization.set(performance.eventLoopUtilization(now, busy).utilization);
    busy = now;
  });
  return { [Symbol.dispose]: () => void delay.disable() };
}

/** Node measures the whole time between two samples, in nanoseconds; the lag is what it is more than the resolution. Nothing sampled yet: 0. */
function lagSeconds(sampledNs: number): number {
  return sampledNs > 0 && sampledNs < 1e15 ? Math.max(0, sampledNs / 1e9 - resolutionMs / 1000) : 0;
}
