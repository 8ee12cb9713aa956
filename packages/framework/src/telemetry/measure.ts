import type { DescMethod } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import type { Protocol } from "../rpc/call.ts";
import { callOf, protocols } from "../rpc/call.ts";
import type { Outcome } from "./call-end.ts";
import { followCall, outcomeOf } from "./call-end.ts";
import { rpcMetrics } from "./metric-table.ts";
import type { Counter, Gauge, Instruments, Metrics } from "./metrics.ts";

/** Counts and times every call, see {@link rpcMetrics}. Stands outside of all that may refuse a call, so that refusals count. */
export function measure(metrics: Metrics): Interceptor {
  const m = metrics.define(rpcMetrics);
  const inFlight = Object.fromEntries(protocols.map((name) => [name, m.gauge("arcana_rpc_in_flight", name)])) as Record<Protocol, Gauge>;
  const byMethod = new Map<DescMethod, Map<Protocol, Series>>();

  const seriesOf = (method: DescMethod, protocol: Protocol): Series => {
    const byProtocol = byMethod.get(method) ?? new Map<Protocol, Series>();
    byMethod.set(method, byProtocol);
    const series = byProtocol.get(protocol) ?? createSeries(m, method, protocol);
    byProtocol.set(protocol, series);
    return series;
  };

  return (next) => (request) => {
    const { protocol } = callOf(request);
    const series = seriesOf(request.method, protocol);
    const startedMs = performance.now();
    inFlight[protocol].add(1);
    return followCall(request, next, (failure) => {
      inFlight[protocol].add(-1);
      series.end(outcomeOf(failure), (performance.now() - startedMs) / 1000);
    });
  };
}

/** The instruments of one method over one protocol. */
interface Series {
  end(outcome: Outcome, seconds: number): void;
}

function createSeries(m: Instruments<typeof rpcMetrics>, { parent, name }: DescMethod, protocol: Protocol): Series {
  const duration = m.histogram("arcana_rpc_duration_seconds", parent.typeName, name, protocol);
  const counters = new Map<Outcome, Counter>();
  return {
    end(outcome, seconds) {
      const counter = counters.get(outcome) ?? m.counter("arcana_rpc_requests_total", parent.typeName, name, protocol, outcome);
      counters.set(outcome, counter);
      counter.inc();
      duration.observe(seconds);
    },
  };
}
