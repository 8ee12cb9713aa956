import assert from "node:assert/strict";
import { test } from "node:test";
import { metricTable } from "./metric-table.ts";
import { createMetrics } from "./metrics.ts";
import { measureProcess } from "./process-metrics.ts";

const table = {
  jobs_total: { type: "counter", labels: ["queue"], help: "Jobs.\nDone." },
  depth: { type: "gauge", labels: [], help: "Depth." },
  wait_seconds: { type: "histogram", labels: ["queue"], help: "Wait.", buckets: [0.1, 1] },
  oldest: { type: "gauge", labels: [], help: "Oldest.", combine: "min" },
  share: { type: "gauge", labels: [], help: "Share.", combine: "mean" },
} as const;

test("the text is Prometheus' format: help, type, escaped labels, cumulative buckets with sum and count", () => {
  const metrics = createMetrics();
  const m = metrics.define(table);
  m.counter("jobs_total", 'a "b"\\\n').inc();
  m.counter("jobs_total", 'a "b"\\\n').inc(2);
  m.gauge("depth").set(3);
  m.gauge("depth").add(-1.5);
  for (const value of [0.05, 0.1, 0.5, 7, Number.NaN]) m.histogram("wait_seconds", "mail").observe(value);
  assert.equal(
    metrics.expose([metrics.read()]),
    `# HELP jobs_total Jobs.\\nDone.
# TYPE jobs_total counter
jobs_total{queue="a \\"b\\"\\\\\\n"} 3
# HELP depth Depth.
# TYPE depth gauge
depth 1.5
# HELP wait_seconds Wait.
# TYPE wait_seconds histogram
wait_seconds_bucket{queue="mail",le="0.1"} 2
wait_seconds_bucket{queue="mail",le="1"} 3
wait_seconds_bucket{queue="mail",le="+Inf"} 4
wait_seconds_sum{queue="mail"} 7.65
wait_seconds_count{queue="mail"} 4
# HELP oldest Oldest.
# TYPE oldest gauge
# HELP share Share.
# TYPE share gauge
`,
  );
});

test("the readings of several workers become one as each metric says", () => {
  const readings = [1, 3].map((value) => {
    const metrics = createMetrics();
    const m = metrics.define(table);
    m.counter("jobs_total", `queue ${value}`).inc(value);
    m.counter("jobs_total", "both").inc(value);
    m.histogram("wait_seconds", "mail").observe(value);
    m.gauge("oldest").set(value);
    m.gauge("share").set(value);
    return structuredClone(metrics.read());
  });
  const reader = createMetrics();
  reader.define(table);
  const lines = reader.expose(readings).split("\n");
  for (const line of [
    'jobs_total{queue="queue 1"} 1',
    'jobs_total{queue="both"} 4',
    'wait_seconds_bucket{queue="mail",le="1"} 1',
    'wait_seconds_count{queue="mail"} 2',
    "oldest 1",
    "share 2",
  ])
    assert.ok(lines.includes(line), line);
});

test("a table may be defined again, another row of the same name may not", () => {
  const metrics = createMetrics();
  metrics.define(table).gauge("depth").set(1);
  metrics.define(table).gauge("depth").add(1);
  assert.match(metrics.expose([metrics.read()]), /^depth 2$/m);
  assert.throws(() => metrics.define({ depth: { type: "gauge", labels: [], help: "Another." } }), TypeError);
});

test("names, units and buckets of the table follow Prometheus' rules", () => {
  for (const [name, row] of Object.entries<import("./metric-table.ts").MetricRow>(metricTable)) {
    assert.match(name, /^[a-z][a-z\d_]*$/);
    assert.equal(name.endsWith("_total"), row.type === "counter", name);
    assert.equal(row.buckets !== undefined, row.type === "histogram", name);
    assert.deepEqual(
      row.buckets ?? [],
      [...(row.buckets ?? [])].sort((a, b) => a - b),
      name,
    );
    assert.match(row.help, /\.$/, name);
  }
});

test("the process is measured when it is read: memory, CPU, and how long the event loop was held up", async () => {
  const metrics = createMetrics();
  using _ = measureProcess(metrics, { version: "1.2.3", mode: "monolithic" });
  const value = (text: string, name: string) => Number(new RegExp(`^${name} (.+)$`, "m").exec(text)?.[1]);
  const pause = () => new Promise((resolve) => setTimeout(resolve, 50));
  await pause();
  const untilMs = performance.now() + 150;
  while (performance.now() < untilMs);
  await pause();
  const text = metrics.expose([metrics.read()]);
  assert.match(text, /^arcana_build_info\{version="1\.2\.3",mode="monolithic"\} 1$/m);
  assert.ok(value(text, "nodejs_eventloop_lag_max_seconds") > 0.1, text);
  assert.ok(value(text, "nodejs_eventloop_lag_max_seconds") < 1, text);
  assert.ok(value(text, "process_resident_memory_bytes") > 10e6);
  assert.ok(value(text, "process_cpu_seconds_total") > 0.1);
  assert.ok(value(text, "nodejs_eventloop_utilization") > 0.1);
  for (const name of Object.keys(metrics.read())) assert.ok(text.includes(`\n${name}`), name);
});
