import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { Meters } from './meters.service.js';
import { type MetricSnapshot } from './snapshot.js';

/** The metrics of this process: its meters, and what Node.js and the operating system say of it. */
@Injectable()
export class WorkerMetrics {
  private process: Registry | undefined;

  constructor(private readonly meters: Meters) {}

  /** All metrics as they stand. Watching the process begins with the first call: nobody who does not ask pays. */
  async collect(): Promise<MetricSnapshot[]> {
    this.process ??= watchProcess();
    const ofProcess = (await this.process.getMetricsAsJSON()) as unknown as MetricSnapshot[];
    return [...this.meters.all().map((meter) => meter.snapshot()), ...ofProcess];
  }
}

function watchProcess(): Registry {
  const register = new Registry();
  collectDefaultMetrics({ register });
  return register;
}
