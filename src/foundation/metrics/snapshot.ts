import { AggregatorRegistry, type Registry } from 'prom-client';

/** One number of a metric. */
export interface Sample {
  /** Where it is not the metric's own: of a histogram, the name with `_bucket`, `_sum` or `_count`. */
  metricName?: string;
  labels: Record<string, string>;
  value: number;
}

/** A metric of one process as plain data, in the form in which prom-client adds up those of several. */
export interface MetricSnapshot {
  name: string;
  help: string;
  type: string;
  /** How those of several processes become one. */
  aggregator: string;
  values: Sample[];
}

/** Adds up the metrics of several processes; gives a registry that prints them. */
export function addUp(snapshots: readonly (readonly MetricSnapshot[])[]): Registry {
  return AggregatorRegistry.aggregate([...snapshots]);
}

/** The same as plain data. */
export function addedUp(snapshots: readonly (readonly MetricSnapshot[])[]): readonly MetricSnapshot[] {
  return addUp(snapshots).getMetricsAsArray() as unknown as MetricSnapshot[];
}
