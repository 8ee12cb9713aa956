import { availableParallelism, cpus } from "node:os";

/** One line of the table. A goal makes it count for the verdict. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly goal?: { readonly atLeast: number } | { readonly atMost: number };
  readonly note?: string;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  if (low === undefined || high === undefined) throw new RangeError("no values");
  return (low + high) / 2;
}

function reached({ value, goal }: Figure): boolean | undefined {
  if (goal === undefined) return undefined;
  return "atLeast" in goal ? value >= goal.atLeast : value <= goal.atMost;
}

export function printTable(title: string, figures: readonly Figure[]): void {
  const rows = figures.map((figure) => {
    const { what, value, unit, goal, note = "" } = figure;
    const shown = value >= 1000 ? Math.round(value).toLocaleString("en") : value.toFixed(value >= 100 ? 0 : 2);
    const bound = goal === undefined ? "" : "atLeast" in goal ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`;
    const met = reached(figure);
    return [what, `${shown} ${unit}`.trim(), bound, met === undefined ? "" : met ? "reached" : "MISSED", note];
  });
  const head = ["", "median", "goal", "", ""];
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  console.log(`\n${title}  (Node ${process.versions.node}, ${availableParallelism()} × ${cpus()[0]?.model ?? "unknown CPU"})`);
  for (const row of [head, ...rows])
    console.log(
      `  ${row
        .map((cell, column) => (column === 1 ? cell.padStart(widths[1] ?? 0) : cell.padEnd(widths[column] ?? 0)))
        .join("  ")
        .trimEnd()}`,
    );
}

/** Whether every goal was reached. */
export function verdict(figures: readonly Figure[]): boolean {
  const missed = figures.filter((figure) => reached(figure) === false);
  console.log(missed.length === 0 ? "\nevery goal was reached" : `\nmissed: ${missed.map(({ what }) => what).join("; ")}`);
  return missed.length === 0;
}
