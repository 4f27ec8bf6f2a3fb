import { type Meters } from '../../foundation/metrics/meters.service.js';
import { type Job } from './job.js';

/** The same job, with its runs counted and timed. */
export function meteredJob(job: Job, meters: Meters): Job {
  const runs = meters.counter({
    name: 'plaza_job_runs_total',
    help: 'Runs of jobs, by how they ended.',
    labels: ['job', 'outcome'],
  });
  const seconds = meters
    .counter({ name: 'plaza_job_seconds_total', help: 'Time that jobs took.', labels: ['job'] })
    .cell(job.name);
  const succeeded = runs.cell(job.name, 'success');
  const failed = runs.cell(job.name, 'failure');
  return {
    ...job,
    run: async (stopping) => {
      const startedAt = performance.now();
      try {
        await job.run(stopping);
        succeeded.value++;
      } catch (error) {
        failed.value++;
        throw error;
      } finally {
        seconds.value += (performance.now() - startedAt) / 1000;
      }
    },
  };
}
