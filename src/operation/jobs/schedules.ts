import { type Job as QueuedJob, type JobSchedulerJson } from 'bullmq';
import { Clock } from '../../foundation/clock.js';
import { VERSION } from '../../foundation/version.js';
import { type Job } from './job.js';
import { type JobQueue } from './open-queue.js';

const SECOND = 1_000;
const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

/** How failed runs are kept for the operator. */
const KEPT_FAILURES = { count: 100, age: 14 * DAY };

/** Queues go by the machine's time, whatever the server goes by. */
const CLOCK = new Clock();

/** The data of each run of a schedule. */
interface ScheduleData {
  /** The version of Plaza that put the schedule there. */
  version: string;
}

/**
 * How a failed run of a job is tried again. One that is due every few seconds is not: its next run does what the failed
 * one has left.
 */
export function attemptsOf({ everySeconds }: Pick<Job, 'everySeconds'>): {
  attempts: number;
  backoff: { type: 'exponential'; delay: number };
} {
  return { attempts: everySeconds < MINUTE ? 1 : 4, backoff: { type: 'exponential', delay: 5 * SECOND } };
}

/**
 * Puts the schedules into the queue that are missing or have no next run there, and removes those of jobs that there are
 * no more. While a newer version of Plaza works beside this one, its schedules hold, and this changes nothing.
 * @param dueAtOnce whether all jobs are due now, whenever they ran last
 */
export async function putSchedules(queue: JobQueue, jobs: readonly Job[], dueAtOnce: boolean): Promise<void> {
  const found = await queue.getJobSchedulers();
  if (found.some((schedule) => isNewerVersion(versionOf(schedule), VERSION))) return;
  const names = new Set(jobs.map(({ name }) => name));
  // Asked here although a look has found some: another process may have planned them meanwhile.
  const dueNow = new Set(dueAtOnce ? jobs : await jobsWithoutNextRun(queue, jobs));
  for (const { key } of found) if (!names.has(key)) await queue.removeJobScheduler(key);
  for (const job of jobs) {
    if (dueNow.has(job)) await queue.removeJobScheduler(job.name);
    else if (found.some((schedule) => isOf(schedule, job))) continue;
    await putSchedule(queue, job);
  }
}

/** Whether a schedule is the one that this version puts there for a job. */
function isOf(schedule: JobSchedulerJson, { name, everySeconds }: Job): boolean {
  return schedule.key === name && schedule.every === everySeconds * SECOND && versionOf(schedule) === VERSION;
}

function versionOf({ template }: JobSchedulerJson): string {
  return (template?.data as ScheduleData | undefined)?.version ?? '0';
}

async function putSchedule(queue: JobQueue, job: Job): Promise<void> {
  const data: ScheduleData = { version: VERSION };
  const opts = { ...attemptsOf(job), removeOnComplete: true, removeOnFail: KEPT_FAILURES };
  await queue.upsertJobScheduler(
    job.name,
    { every: job.everySeconds * SECOND },
    { name: job.name, data, opts },
  );
}

/**
 * The jobs that would not run again, or not in time. BullMQ plans the next run when one begins, in a step of its own: no
 * run follows when that step fails, or when another process puts the schedule at the same moment. Also the queue may have
 * been emptied, and a run is far ahead when the machine's time was set back.
 */
export async function jobsWithoutNextRun(queue: JobQueue, jobs: readonly Job[]): Promise<Job[]> {
  const flat = await queue.getBackend().getJobSchedulersRange(0, -1, true);
  const nextOf = new Map(
    flat.flatMap((key, index) => (index % 2 === 0 ? [[key, Number(flat[index + 1])] as const] : [])),
  );
  // Read after the schedules and in the order in which a run goes through them, so that none is missed on its way.
  const runs = await queue.getRanges(['delayed', 'waiting', 'active'], 0, -1);
  const now = CLOCK.milliseconds();
  return jobs.filter(({ name, everySeconds }) => {
    const next = nextOf.get(name);
    if (next === undefined || next - now > 2 * everySeconds * SECOND) return true;
    return !runs.some((id) => (slotOf(id, name) ?? -Infinity) >= next);
  });
}

/** The moment for which a run of a schedule was planned, by its id; undefined for the id of anything else. */
function slotOf(id: string, name: string): number | undefined {
  const prefix = `repeat:${name}:`;
  return id.startsWith(prefix) ? Number(id.slice(prefix.length)) : undefined;
}

/** The other runs of a job that are under way, in this process or another. */
export interface OtherRuns {
  /** Whether one of them was planned for an earlier moment. */
  earlier: boolean;
  /** Whether one of them was planned for a later moment. */
  later: boolean;
}

/** The other runs of the job of a run that is under way itself. */
export async function othersBeside(
  queue: JobQueue,
  { id = '', name }: Pick<QueuedJob, 'id' | 'name'>,
): Promise<OtherRuns> {
  const slot = slotOf(id, name) ?? 0;
  const others = (await queue.getRanges(['active'], 0, -1)).flatMap((other) => slotOf(other, name) ?? []);
  return { earlier: others.some((other) => other < slot), later: others.some((other) => other > slot) };
}

/** Whether a version such as `1.2.10` comes after another. */
function isNewerVersion(version: string, than: string): boolean {
  return version.localeCompare(than, 'en', { numeric: true }) > 0;
}
