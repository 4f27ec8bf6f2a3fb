import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { type JobLock } from './job-lock.js';
import { type Job } from './job.js';

/** Milliseconds between two looks at the clock, and so at most until another process takes over. */
const TICK = 1_000;

/** Runs jobs when they are due, in the one process that holds the lock. */
@Injectable()
export class JobRunner implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Jobs');
  private readonly stopping = new AbortController();
  private readonly running = new Map<Job, Promise<void>>();
  /** Milliseconds of the monotonic clock; a job that has not run yet is due. */
  private readonly dueAt = new Map<Job, number>();
  private ticking: Promise<void> | undefined;

  /** @param tick milliseconds between two looks at the clock */
  constructor(
    private readonly jobs: readonly Job[],
    private readonly lock: Pick<JobLock, 'hold' | 'release'>,
    private readonly tick = TICK,
  ) {}

  /** Starts to look at the clock. */
  onApplicationBootstrap(): void {
    this.ticking = this.keepTime();
  }

  /** Starts no run any more, waits for those under way and lets another process take over. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.ticking;
    await Promise.all(this.running.values());
    await this.lock.release();
  }

  private async keepTime(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      if (await this.lock.hold()) this.startDue();
      await sleep(this.tick, undefined, { signal }).catch(() => undefined);
    }
  }

  private startDue(): void {
    if (this.stopping.signal.aborted) return;
    const now = performance.now();
    for (const job of this.jobs) {
      if (this.running.has(job) || (this.dueAt.get(job) ?? now) > now) continue;
      this.dueAt.set(job, now + job.everySeconds * 1000);
      const run = this.run(job).finally(() => this.running.delete(job));
      this.running.set(job, run);
    }
  }

  private async run(job: Job): Promise<void> {
    const start = performance.now();
    try {
      await job.run();
      this.logger.debug(`The job "${job.name}" took ${Math.round(performance.now() - start)} ms`);
    } catch (error) {
      this.logger.error(
        `The job "${job.name}" failed and will be tried again in ${job.everySeconds} s`,
        error instanceof Error ? error.stack : undefined,
      );
    }
  }
}
