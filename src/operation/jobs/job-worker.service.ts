import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { type Job as QueuedJob } from 'bullmq';
import { errorLine } from '../../foundation/error-line.js';
import { type Cell } from '../../foundation/metrics/meter.js';
import { type Meters } from '../../foundation/metrics/meters.service.js';
import { type Job } from './job.js';
import { meteredJob } from './metered-job.js';
import { type JobQueue, type OpenQueue } from './open-queue.js';
import { type QueueAddress } from './queue-address.js';
import { attemptsOf, jobsWithoutNextRun, othersBeside, putSchedules } from './schedules.js';
import { unlessStopped } from './unless-stopped.js';

/** Milliseconds between two looks at the queue as a whole, and between two attempts to open it. */
const LOOK_EVERY = 10_000;
const OPEN_EVERY = 1_000;
/** Milliseconds between two looks of a run at a later one that has begun before it. */
const TURN_EVERY = 500;

/**
 * Carries out what is in the queue of jobs, while it is this process's duty: from `start` on. Any number of processes may do so at the
 * same time; one for each machine is enough, and costs least.
 */
@Injectable()
export class JobWorker implements OnModuleDestroy {
  private readonly logger = new Logger('Jobs');
  private readonly jobs: ReadonlyMap<string, Job>;
  private readonly waiting: Cell;
  private readonly failed: Cell;
  private duty: AbortController | undefined;
  private working = Promise.resolve();
  private isOutOfReach = false;
  /** Names of jobs whose latest run has failed for good: of failures in a row the first one is kept. */
  private readonly failing = new Set<string>();

  constructor(
    jobs: readonly Job[],
    private readonly address: QueueAddress,
    meters: Meters,
  ) {
    this.jobs = new Map(jobs.map((job) => [job.name, meteredJob(job, meters)]));
    this.waiting = meters
      .gauge({ name: 'plaza_jobs_waiting', help: 'Runs of jobs that are due and have not begun.' })
      .cell();
    this.failed = meters
      .gauge({ name: 'plaza_jobs_failed', help: 'Runs of jobs that have failed for good and are kept.' })
      .cell();
  }

  async onModuleDestroy(): Promise<void> {
    await this.stop();
  }

  /**
   * Begins to carry out jobs, and does not stop trying when the queue can't be reached.
   * @param dueAtOnce whether all jobs are due now, whenever they ran last, as after a start of the server
   */
  start(dueAtOnce: boolean): void {
    if (this.duty) return;
    const duty = new AbortController();
    this.duty = duty;
    this.working = this.working.then(() => this.work(duty.signal, dueAtOnce));
  }

  /** Begins no run any more, waits for those under way and lets other processes have the rest. */
  async stop(): Promise<void> {
    this.duty?.abort();
    this.duty = undefined;
    await this.working;
  }

  private async work(signal: AbortSignal, dueAtOnce: boolean): Promise<void> {
    let open: OpenQueue | undefined;
    const pause = (milliseconds: number): Promise<void> =>
      sleep(milliseconds, undefined, { signal }).catch(() => undefined);
    try {
      while (!signal.aborted) {
        try {
          open ??= await this.open(dueAtOnce, signal);
          await unlessStopped(signal, this.look(open));
          this.isOutOfReach = false;
        } catch (error) {
          this.noteOutage(error, signal);
        }
        await pause(open ? LOOK_EVERY : OPEN_EVERY);
      }
    } finally {
      await open?.close();
      this.waiting.value = 0;
      this.failed.value = 0;
    }
  }

  private async open(dueAtOnce: boolean, stopping: AbortSignal): Promise<OpenQueue> {
    // Loaded here: a process that carries no jobs out does without the library.
    const { openQueue } = await import('./open-queue.js');
    const handlers = {
      run: (run: QueuedJob) => this.run(open, run, stopping),
      onError: (error: Error) => {
        this.noteOutage(error, stopping);
      },
    };
    const open: OpenQueue = await openQueue(this.address, handlers, stopping);
    try {
      await unlessStopped(stopping, this.putSchedules(open, dueAtOnce));
    } catch (error) {
      await open.close();
      throw error;
    }
    open.start();
    return open;
  }

  private putSchedules(open: OpenQueue, dueAtOnce: boolean): Promise<void> {
    return open.changeSchedules(() => putSchedules(open.queue, [...this.jobs.values()], dueAtOnce));
  }

  private async look(open: OpenQueue): Promise<void> {
    const { queue } = open;
    if ((await jobsWithoutNextRun(queue, [...this.jobs.values()])).length > 0)
      await this.putSchedules(open, false);
    const counts = await queue.getJobCounts('waiting', 'failed');
    this.waiting.value = counts.waiting ?? 0;
    this.failed.value = counts.failed ?? 0;
  }

  private async run({ queue }: OpenQueue, run: QueuedJob, stopping: AbortSignal): Promise<void> {
    const job = this.jobs.get(run.name);
    if (!job) {
      this.logger.debug(`The job "${run.name}" belongs to another version of Plaza`);
      return;
    }
    if (!(await this.waitForTurn(queue, run, stopping))) {
      this.logger.debug(`The job "${job.name}" has not ended yet, so it is not begun again`);
      return;
    }
    const start = performance.now();
    try {
      await job.run(stopping);
      this.failing.delete(job.name);
      this.logger.debug(`The job "${job.name}" took ${Math.round(performance.now() - start)} ms`);
    } catch (error) {
      this.noteFailedRun(job, run, error);
      throw error;
    }
  }

  /**
   * Waits until no other run of the job is under way. Each run looks after it is under way itself, so of two at least one
   * sees the other: the one that was planned later gives up, and the other one waits. It may be the later one that began
   * first, because each process that starts has the queue plan the schedule's runs anew.
   * @returns false when another run does what this one would
   */
  private async waitForTurn(queue: JobQueue, run: QueuedJob, stopping: AbortSignal): Promise<boolean> {
    for (;;) {
      const { earlier, later } = await othersBeside(queue, run);
      if (earlier || !later) return !earlier;
      if (stopping.aborted) return false;
      await sleep(TURN_EVERY, undefined, { signal: stopping }).catch(() => undefined);
    }
  }

  private noteFailedRun(job: Job, run: QueuedJob, error: unknown): void {
    const { attempts, backoff } = attemptsOf(job);
    const isLast = run.attemptsMade + 1 >= attempts;
    const pause = isLast ? job.everySeconds : (backoff.delay / 1_000) * 2 ** run.attemptsMade;
    this.logger.error(
      `The job "${job.name}" failed and will be tried again in ${pause} s`,
      error instanceof Error ? error.stack : undefined,
    );
    if (!isLast) return;
    // A job that fails every few seconds would crowd out the failures of others.
    if (this.failing.has(job.name)) run.opts.removeOnFail = true;
    this.failing.add(job.name);
  }

  /** Tells of it once, until the queue can be used again. */
  private noteOutage(error: unknown, stopping: AbortSignal): void {
    if (this.isOutOfReach || stopping.aborted) return;
    this.isOutOfReach = true;
    this.logger.warn(`The queue of jobs cannot be used for the moment: ${errorLine(error)}`);
  }
}
