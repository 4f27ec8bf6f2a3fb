import cluster, { type Worker } from 'node:cluster';
import { addedUp, addUp, type MetricSnapshot } from './snapshot.js';

/** The supervisor's request for a worker's metrics. */
export interface MetricsOrder {
  type: 'metrics';
  /** Comes back in the answer. */
  id: number;
}

/** A worker's answer. */
export interface MetricsReport {
  type: 'metrics';
  id: number;
  metrics: MetricSnapshot[];
}

/** Milliseconds; one that is busy for longer is shown as it was when it last answered. */
const PATIENCE = 2_000;

export function isMetricsMessage(message: unknown): message is { type: 'metrics'; id: number } {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'metrics';
}

/**
 * The metrics of all workers, added up. Numbers that only grow never fall when a worker dies: what it last told is
 * added to those of its successors.
 */
export class ClusterMetrics {
  private readonly lastOf = new Map<number, readonly MetricSnapshot[]>();
  private readonly waiting = new Map<number, (report: MetricsReport) => void>();
  private ofTheDead: readonly MetricSnapshot[] = [];
  private lastId = 0;
  private starts = 0;

  /** @param version of Plaza, shown as a metric of its own */
  constructor(private readonly version: string) {
    cluster.on('fork', () => this.starts++);
    cluster.on('message', (_worker, message: unknown) => {
      if (isMetricsMessage(message)) this.waiting.get(message.id)?.(message as MetricsReport);
    });
    cluster.on('exit', (worker) => {
      this.bury(worker);
    });
  }

  /** All metrics as text in Prometheus' format. */
  async text(): Promise<string> {
    const workers = Object.values(cluster.workers ?? {}).flatMap((worker) =>
      worker?.isConnected() === true ? [worker] : [],
    );
    await Promise.all(workers.map((worker) => this.ask(worker)));
    return addUp([...this.lastOf.values(), this.ofTheDead, this.ownMetrics(workers.length)]).metrics();
  }

  /** Remembers what a worker says; one that does not answer keeps what it said before. */
  private ask(worker: Worker): Promise<void> {
    const id = ++this.lastId;
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.waiting.delete(id);
        resolve();
      };
      const timer = setTimeout(done, PATIENCE);
      this.waiting.set(id, ({ metrics }) => {
        this.lastOf.set(worker.id, metrics);
        done();
      });
      const order: MetricsOrder = { type: 'metrics', id };
      // A worker that is just dying can't be told anything, and its end is told elsewhere.
      worker.send(order, (error) => {
        if (error) done();
      });
    });
  }

  private bury(worker: Worker): void {
    const last = this.lastOf.get(worker.id) ?? [];
    this.lastOf.delete(worker.id);
    const lasting = last.filter(({ type }) => type !== 'gauge');
    // Added up at once: many dead workers take no more room than one.
    this.ofTheDead = addedUp([this.ofTheDead, lasting]);
  }

  private ownMetrics(workers: number): MetricSnapshot[] {
    const one = (name: string, help: string, type: string, value: number, labels = {}): MetricSnapshot => {
      return { name, help, type, aggregator: 'sum', values: [{ labels, value }] };
    };
    return [
      one('plaza_info', 'The version that runs.', 'gauge', 1, { version: this.version }),
      one('plaza_workers', 'Worker processes that run.', 'gauge', workers),
      one(
        'plaza_worker_starts_total',
        'Worker processes started, those included that took the place of another.',
        'counter',
        this.starts,
      ),
    ];
  }
}
