import { type JobQueue } from './open-queue.js';
import { type QueueAddress } from './queue-address.js';

/** A job and when it runs. Moments are unix seconds. */
export interface ScheduleReport {
  name: string;
  every_seconds: number;
  /** The moment for which the latest run was due; null before the first one. */
  last_run: number | null;
  next_run: number;
  /** Its latest failure that is kept. */
  last_failure: number | null;
}

/** A run that failed for good. */
export interface FailureReport {
  id: string;
  job: string;
  /** Unix seconds. */
  failed_at: number;
  attempts: number;
  reason: string;
}

export interface JobsReport {
  /** By name. */
  schedules: ScheduleReport[];
  /** The newest first. */
  failures: FailureReport[];
}

/** How much the queue holds. */
export interface QueueLengths {
  /** Runs that are due and not begun. */
  waiting: number;
  /** Runs under way. */
  active: number;
  /** Runs that failed for good. */
  failed: number;
}

/** Shows operators the queue of jobs, whether a server runs or not. */
export class QueueReports {
  constructor(private readonly address: QueueAddress) {}

  /** @throws Error when the queue can't be reached */
  async read(): Promise<JobsReport> {
    return this.withQueue(async (queue) => {
      const failures = (await queue.getFailed()).map((run) => ({
        id: run.id ?? '',
        job: run.name,
        failed_at: seconds(run.finishedOn ?? 0),
        attempts: run.attemptsMade,
        reason: run.failedReason,
      }));
      const schedules = (await queue.getJobSchedulers()).map(
        ({ key, every = 0, next = 0, iterationCount }) => ({
          name: key,
          every_seconds: every / 1000,
          last_run: (iterationCount ?? 1) > 1 ? seconds(next - every) : null,
          next_run: seconds(next),
          last_failure: failures.find(({ job }) => job === key)?.failed_at ?? null,
        }),
      );
      return { schedules: schedules.sort((a, b) => a.name.localeCompare(b.name)), failures };
    });
  }

  /** @throws Error when the queue can't be reached */
  async lengths(): Promise<QueueLengths> {
    return this.withQueue(async (queue) => {
      const { waiting = 0, active = 0, failed = 0 } = await queue.getJobCounts('waiting', 'active', 'failed');
      return { waiting, active, failed };
    });
  }

  /**
   * Has a failed run carried out once more.
   * @throws Error when no failed run has this id, or the queue can't be reached
   */
  async retry(id: string): Promise<void> {
    await this.withQueue(async (queue) => {
      const run = await queue.getJob(id);
      if (!run || !(await run.isFailed())) throw new Error(`no failed run has the id ${JSON.stringify(id)}`);
      await run.retry('failed', { resetAttemptsMade: true });
    });
  }

  private async withQueue<T>(work: (queue: JobQueue) => Promise<T>): Promise<T> {
    // Loaded here: other commands do without the library of queues.
    const { visitQueue } = await import('./open-queue.js');
    return visitQueue(this.address, work);
  }
}

function seconds(milliseconds: number): number {
  return milliseconds / 1000;
}
