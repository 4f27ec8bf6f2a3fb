import {
  type Cell,
  type DurationCell,
  type LabelledDurations,
  type LabelledValues,
} from '../../foundation/metrics/meter.js';
import { type Meters } from '../../foundation/metrics/meters.service.js';
import { type AnyEndpoint } from '../../auth/endpoint.js';

/** Counts and times the requests to one endpoint. */
export class RequestMeter {
  private readonly byStatus = new Map<number, Cell>();

  constructor(
    private readonly cellOf: (status: number) => Cell,
    private readonly durations: DurationCell,
  ) {}

  /** @param startedAt what `performance.now()` said when the request reached its handler */
  handled(status: number, startedAt: number): void {
    this.counted(status);
    this.durations.observe((performance.now() - startedAt) / 1000);
  }

  /** A request that never reached its handler. */
  counted(status: number): void {
    let cell = this.byStatus.get(status);
    if (!cell) {
      cell = this.cellOf(status);
      this.byStatus.set(status, cell);
    }
    cell.value++;
  }
}

/** Makes a meter for each endpoint. Its pattern names it, never a path: paths come from strangers. */
export class RequestMeters {
  private readonly requests: LabelledValues;
  private readonly durations: LabelledDurations;

  constructor(meters: Meters) {
    this.requests = meters.counter({
      name: 'plaza_requests_total',
      help: 'Requests answered, those in onion requests and batches included.',
      labels: ['method', 'endpoint', 'status'],
    });
    this.durations = meters.durations({
      name: 'plaza_request_duration_seconds',
      help: 'Time from the handler’s start to its answer, without authentication.',
      labels: ['method', 'endpoint'],
    });
  }

  of({ method, path }: Pick<AnyEndpoint, 'path'> & { method: string }): RequestMeter {
    return new RequestMeter(
      (status) => this.requests.cell(method, path, String(status)),
      this.durations.cell(method, path),
    );
  }
}
