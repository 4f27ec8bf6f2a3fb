import { Global, Module } from '@nestjs/common';
import { Meters } from './meters.service.js';
import { WorkerMetrics } from './worker-metrics.service.js';

/** Numbers about a process, injectable everywhere. */
@Global()
@Module({ providers: [Meters, WorkerMetrics], exports: [Meters] })
export class MetricsModule {}
