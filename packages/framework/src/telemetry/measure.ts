import type { DescMethod } from "@bufbuild/protobuf";
import type { Protocol } from "../rpc/call.ts";
import { protocols } from "../rpc/call.ts";
import { rpcMetrics } from "./metric-table.ts";
import type { Counter, Gauge, Instruments, Metrics } from "./metrics.ts";
import type { CallObserver, Outcome } from "./observe.ts";
import { outcomeOf } from "./observe.ts";

/** Counts and times every call, see {@link rpcMetrics}. */
export function measure(metrics: Metrics): CallObserver {
  const m = metrics.define(rpcMetrics);
  const inFlight = Object.fromEntries(protocols.map((name) => [name, m.gauge("arcana_rpc_in_flight", name)])) as Record<Protocol, Gauge>;
  const byMethod = new Map<DescMethod, Map<Protocol, Series>>();

  const seriesOf = (method: DescMethod, protocol: Protocol): Series => {
    const known = byMethod.get(method)?.get(protocol);
    if (known !== undefined) return known;
    const series = createSeries(m, method, protocol);
    byMethod.set(method, (byMethod.get(method) ?? new Map<Protocol, Series>()).set(protocol, series));
    return series;
  };

  return {
    began(_request, { protocol }) {
      inFlight[protocol].add(1);
    },
    ended({ method }, { protocol }, { failure, durationMs }) {
      inFlight[protocol].add(-1);
      seriesOf(method, protocol).end(outcomeOf(failure), durationMs / 1000);
    },
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
