import type { MetricSnapshot } from "./exposition.ts";
import { expose, labelText } from "./exposition.ts";
import type { MetricRow, MetricTable } from "./metric-table.ts";

export interface Counter {
  /** Adds `by`, 1 unless told; never less than nothing. */
  inc(by?: number): void;
  /** For what is counted elsewhere: takes over that count. */
  set(value: number): void;
}

export interface Gauge {
  set(value: number): void;
  add(by: number): void;
}

export interface Histogram {
  observe(value: number): void;
}

type NameOf<Table extends MetricTable, Type extends MetricRow["type"]> = {
  [Name in keyof Table]: Table[Name]["type"] extends Type ? Name : never;
}[keyof Table] &
  string;

/** One value for each label, in their order. */
type LabelValues<Labels extends readonly string[]> = { readonly [Index in keyof Labels]: string };

/**
 * The metrics of one table. Each call gives the one instrument of those labels: fetch it once and keep it, then using it
 * costs a few nanoseconds. Label values come from code, never from a client: each makes a series that stays.
 */
export interface Instruments<Table extends MetricTable> {
  counter<Name extends NameOf<Table, "counter">>(name: Name, ...labels: LabelValues<Table[Name]["labels"]>): Counter;
  gauge<Name extends NameOf<Table, "gauge">>(name: Name, ...labels: LabelValues<Table[Name]["labels"]>): Gauge;
  histogram<Name extends NameOf<Table, "histogram">>(name: Name, ...labels: LabelValues<Table[Name]["labels"]>): Histogram;
}

export interface Metrics {
  /** Adds a table. Adding it again gives the same instruments. @throws TypeError where a name is taken by another row. */
  define<const Table extends MetricTable>(table: Table): Instruments<Table>;
  /** Has `update` run before each reading: for gauges whose value is asked for. */
  beforeReading(update: () => void): void;
  read(): MetricSnapshot;
  /** The text that Prometheus scrapes, of the readings of one or several workers. */
  expose(readings: readonly MetricSnapshot[]): string;
}

/**
 * Makes an empty registry. Values live in plain numbers and typed arrays, and text is made only when it is asked for.
 */
export function createMetrics(): Metrics {
  const rows = new Map<string, MetricRow>();
  const series = new Map<string, Map<string, Value | Distribution>>();
  const updates: (() => void)[] = [];

  const define = <Table extends MetricTable>(table: Table): Instruments<Table> => {
    for (const [name, row] of Object.entries(table)) {
      if ((rows.get(name) ?? row) !== row) throw new TypeError(`there is a metric ${name} already`);
      rows.set(name, row);
      if (!series.has(name)) series.set(name, new Map());
    }
    const instrument = <Kind extends Value | Distribution>(
      name: string,
      values: readonly string[],
      create: (row: MetricRow) => Kind,
    ): Kind => {
      const row = rows.get(name);
      const cells = series.get(name);
      if (row === undefined || cells === undefined) throw new TypeError(`there is no metric ${name}`);
      const key = labelText(row, values);
      const cell = (cells.get(key) as Kind | undefined) ?? create(row);
      cells.set(key, cell);
      return cell;
    };
    return {
      counter: (name, ...labels) => instrument(name, labels, () => new Value()),
      gauge: (name, ...labels) => instrument(name, labels, () => new Value()),
      histogram: (name, ...labels) => instrument(name, labels, (row) => new Distribution(row.buckets ?? [])),
    };
  };

  return {
    define,
    beforeReading: (update) => updates.push(update),
    read() {
      for (const update of updates) update();
      return Object.fromEntries(
        [...series].map(([name, cells]) => [name, Object.fromEntries([...cells].map(([labels, cell]) => [labels, cell.read()]))]),
      );
    },
    expose: (readings) => expose(rows, readings),
  };
}

class Value implements Counter, Gauge {
  #value = 0;

  inc(by = 1): void {
    if (by > 0) this.#value += by;
  }

  add(by: number): void {
    this.#value += by;
  }

  set(value: number): void {
    this.#value = value;
  }

  read(): readonly number[] {
    return [this.#value];
  }
}

class Distribution implements Histogram {
  readonly #bounds: readonly number[];
  /** How many values fell into each bucket alone; the last one has no bound. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    if (Number.isNaN(value)) return;
    const bounds = this.#bounds;
    let index = 0;
    while (index < bounds.length && value > (bounds[index] ?? 0)) index += 1;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sum += value;
  }

  read(): readonly number[] {
    return [...this.#counts, this.#sum];
  }
}
