import { type MetricSnapshot, type Sample } from './snapshot.js';

/** The name, help and labels of a meter. */
export interface MeterDefinition {
  /** As Prometheus knows it: `plaza_…`, with its unit at the end. */
  name: string;
  /** One line for the operator. */
  help: string;
  /** Names of the labels, none when left out. Their values must come from a small set: never a path or an ID. */
  labels?: readonly string[];
}

/** A number that somebody raises. */
export class Cell {
  value = 0;
}

/** Upper ends of the classes of durations, in seconds: an answer from memory takes less than a millisecond. */
const BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10] as const;

/** How often something took how long. */
export class DurationCell {
  /** One for each class, and one for what took longer than all of them. */
  readonly counts = new Float64Array(BOUNDS.length + 1);
  /** Seconds. */
  sum = 0;

  /** @param seconds that it took this time */
  observe(seconds: number): void {
    let index = 0;
    while (seconds > (BOUNDS[index] ?? Infinity)) index++;
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    this.sum += seconds;
  }
}

/** Anything that can be asked for its numbers. */
export interface Meter {
  readonly definition: MeterDefinition;
  snapshot(): MetricSnapshot;
}

/** Finds the cell of some label values, always the same one. */
class Cells<C> {
  private readonly cells = new Map<string, { values: readonly string[]; cell: C }>();

  constructor(private readonly names: readonly string[]) {}

  obtain(values: readonly string[], make: () => C): C {
    if (values.length !== this.names.length) throw new Error(`Expected values of ${this.names.join(', ')}`);
    const key = JSON.stringify(values);
    const known = this.cells.get(key);
    if (known) return known.cell;
    const cell = make();
    this.cells.set(key, { values, cell });
    return cell;
  }

  samples(describe: (cell: C, labels: Record<string, string>) => Sample[]): Sample[] {
    return [...this.cells.values()].flatMap(({ values, cell }) =>
      describe(cell, Object.fromEntries(this.names.map((name, index) => [name, values[index] ?? '']))),
    );
  }
}

/** Numbers with labels: a counter or a gauge. */
export class LabelledValues implements Meter {
  private readonly cells: Cells<Cell>;
  private readonly watched: Cells<() => number>;

  constructor(
    readonly type: 'counter' | 'gauge',
    readonly definition: MeterDefinition,
  ) {
    this.cells = new Cells(definition.labels ?? []);
    this.watched = new Cells(definition.labels ?? []);
  }

  /** The number with these label values, in the order of their names. To be kept by who raises it often. */
  cell(...values: string[]): Cell {
    return this.cells.obtain(values, () => new Cell());
  }

  /** Has somebody else's number with these label values read whenever it is asked for. */
  watch(read: () => number, ...values: string[]): void {
    this.watched.obtain(values, () => read);
  }

  snapshot(): MetricSnapshot {
    const { name, help } = this.definition;
    const values = [
      ...this.cells.samples(({ value }, labels) => [{ labels, value }]),
      ...this.watched.samples((read, labels) => [{ labels, value: read() }]),
    ];
    return { name, help, type: this.type, aggregator: 'sum', values };
  }
}

/** Durations with labels. */
export class LabelledDurations implements Meter {
  private readonly cells: Cells<DurationCell>;

  constructor(readonly definition: MeterDefinition) {
    this.cells = new Cells(definition.labels ?? []);
  }

  /** The durations with these label values, in the order of their names. To be kept by who observes often. */
  cell(...values: string[]): DurationCell {
    return this.cells.obtain(values, () => new DurationCell());
  }

  snapshot(): MetricSnapshot {
    const { name, help } = this.definition;
    const values = this.cells.samples((cell, labels) => histogramSamples(name, cell, labels));
    return { name, help, type: 'histogram', aggregator: 'sum', values };
  }
}

/** Prometheus counts in each class all that lies below it. */
function histogramSamples(name: string, cell: DurationCell, labels: Record<string, string>): Sample[] {
  let total = 0;
  const buckets = Array.from(cell.counts, (count, index) => {
    total += count;
    const le = BOUNDS[index] === undefined ? '+Inf' : String(BOUNDS[index]);
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: total };
  });
  if (total === 0) return [];
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: cell.sum },
    { metricName: `${name}_count`, labels, value: total },
  ];
}
