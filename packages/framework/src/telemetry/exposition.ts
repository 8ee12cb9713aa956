/** Prometheus' text format, version 0.0.4, of the readings of one or several workers. */
import type { MetricRow } from "./metric-table.ts";

/** The content type of the text. */
export const metricsContentType = "text/plain; version=0.0.4; charset=utf-8";

/** All values of a process at a moment, by metric and by labels as they are written. Plain data: it goes from worker to worker. */
export type MetricSnapshot = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;

/** The labels as they stand between braces. */
export function labelText(row: MetricRow, values: readonly string[]): string {
  return row.labels.map((label, index) => `${label}="${escapeLabel(values[index] ?? "")}"`).join(",");
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}

/** The text of all rows, the readings combined as each row says. */
export function expose(rows: ReadonlyMap<string, MetricRow>, readings: readonly MetricSnapshot[]): string {
  const lines: string[] = [];
  for (const [name, row] of rows) {
    lines.push(`# HELP ${name} ${row.help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`, `# TYPE ${name} ${row.type}`);
    for (const [labels, values] of combine(row, name, readings)) {
      if (row.type === "histogram") lines.push(...histogramLines(name, labels, row.buckets ?? [], values));
      else lines.push(`${name}${braced(labels)} ${values[0] ?? 0}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

function combine(row: MetricRow, name: string, readings: readonly MetricSnapshot[]): ReadonlyMap<string, readonly number[]> {
  const gathered = new Map<string, (readonly number[])[]>();
  for (const reading of readings) {
    for (const [labels, values] of Object.entries(reading[name] ?? {})) gathered.set(labels, [...(gathered.get(labels) ?? []), values]);
  }
  const together = combinations[row.combine ?? "sum"];
  return new Map(
    [...gathered].map(([labels, all]) => [labels, (all[0] ?? []).map((_, index) => together(all.map((each) => each[index] ?? 0)))]),
  );
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const combinations: Readonly<Record<NonNullable<MetricRow["combine"]>, (values: readonly number[]) => number>> = {
  sum,
  max: (values) => Math.max(...values),
  min: (values) => Math.min(...values),
  mean: (values) => sum(values) / values.length,
};

function histogramLines(name: string, labels: string, bounds: readonly number[], values: readonly number[]): string[] {
  const before = labels === "" ? "" : `${labels},`;
  let count = 0;
  const buckets = [...bounds, "+Inf"].map((bound, index) => {
    count += values[index] ?? 0;
    return `${name}_bucket{${before}le="${bound}"} ${count}`;
  });
  return [...buckets, `${name}_sum${braced(labels)} ${values.at(-1) ?? 0}`, `${name}_count${braced(labels)} ${count}`];
}

function braced(labels: string): string {
  return labels === "" ? "" : `{${labels}}`;
}
