import { type TestServer } from '../support/server.js';

/** The metrics that a scraper has read. */
export interface Scrape {
  /** A sample with exactly these labels; 0 when there is none. */
  value(name: string, labels?: Record<string, string>): number;
  /** The names of all metrics, without the endings of histograms. */
  names: ReadonlySet<string>;
}

/** Where a server that was started with METRICS_PORT=0 serves its metrics. */
export function metricsUrl(server: TestServer): string {
  const url = /Metrics are at (http:\S+\/metrics)/.exec(server.log())?.[1];
  if (url === undefined) throw new Error(`The server told of no metrics\n${server.log()}`);
  return url;
}

/** Reads the metrics as Prometheus would. */
export async function scrape(url: string): Promise<Scrape> {
  const text = await (await fetch(url)).text();
  const samples = new Map<string, number>();
  const names = new Set<string>();
  for (const line of text.split('\n')) {
    const type = /^# TYPE (\S+)/.exec(line)?.[1];
    if (type !== undefined) names.add(type);
    const sample = /^(?<name>\w+)(?:\{(?<labels>.*)\})? (?<value>\S+)$/.exec(line)?.groups;
    if (!sample) continue;
    const labels = [...(sample.labels ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
    samples.set(
      keyOf(sample.name ?? '', Object.fromEntries(labels.map(([, name = '', value = '']) => [name, value]))),
      Number(sample.value),
    );
  }
  return { value: (name, labels = {}) => samples.get(keyOf(name, labels)) ?? 0, names };
}

function keyOf(name: string, labels: Record<string, string>): string {
  return `${name} ${JSON.stringify(Object.entries(labels).sort())}`;
}
