import { setTimeout as sleep } from 'node:timers/promises';
import { type IQueueBackend, type Job as QueuedJob, type JobProgress, Queue, Worker } from 'bullmq';
import { type QueueAddress } from './queue-address.js';
import { queuePlaceOf, type QueuePlace } from './queue-backends.js';
import { prepareQueue } from './queue-schema.js';
import { unlessStopped } from './unless-stopped.js';

/** The queue of the community's jobs. */
export type JobQueue = Queue<object, unknown, string, object, unknown, string, IQueueBackend, object>;

/** A queue, and what takes runs from it. */
export interface OpenQueue extends Pick<QueuePlace, 'changeSchedules'> {
  readonly queue: JobQueue;
  /** Begins to take runs. */
  start(): void;
  /** Takes no run any more, waits for those under way and closes the connections. */
  close(): Promise<void>;
}

/** How runs are carried out, and who hears of it. */
export interface RunHandlers {
  /** Carries a run out; the run has failed when this rejects. */
  run(job: QueuedJob): Promise<void>;
  /** The queue can't be used at the moment, or a run was lost. */
  onError(error: Error): void;
}

const SECOND = 1_000;

/** With the worker's name also the `application_name` of the session that hears of new runs. */
const NAME = 'plaza-jobs';

/** Runs at a time in one process: as many as there are jobs, so that none waits for another. */
const CONCURRENCY = 16;

/** A process that has not said for so long that it still works on a run has lost it. */
const LOCK = 6 * SECOND;
/** How often runs that were lost are looked for; the second look that finds one gives it to another process. */
const LOST_RUNS_CHECK = 5 * SECOND;

/** For runs under way at a stop, and the answers of the place. The supervisor ends a worker two seconds later. */
const CLOSE_PATIENCE = 8 * SECOND;
/** For runs under way at a stop when their end can't be recorded. */
const AWAY_PATIENCE = 1 * SECOND;

/** For all that a command asks of the queue. */
const VISIT_PATIENCE = 10 * SECOND;

/** Entries that the queue keeps of what happened in it. Nobody reads them. */
const KEPT_EVENTS = 100;

/** Takes runs from the queue. */
class JobRunner extends Worker<object, unknown, string, IQueueBackend, JobProgress, object> {
  /** Stops what would go on after a close that was given up: renewing the locks of runs whose end can't be recorded. */
  giveUp(): Promise<void> {
    return this.lockManager.close();
  }
}

/**
 * Opens the queue, for a process that carries runs out. While Redis is away it waits for it.
 * @param stopping aborted when nothing is to be waited for any more
 * @throws what the database says when it can't be reached, and the reason of a stop
 */
export async function openQueue(
  address: QueueAddress,
  handlers: RunHandlers,
  stopping: AbortSignal,
): Promise<OpenQueue> {
  const place = await queuePlaceOf(address);
  const worker = openWorker(place, handlers);
  const close = async (): Promise<void> => {
    const patience = place.isAway() ? AWAY_PATIENCE : CLOSE_PATIENCE;
    await Promise.race([worker.close(), sleep(patience, undefined, { ref: false })]);
    await worker.giveUp();
    place.close();
  };
  try {
    await unlessStopped(stopping, worker.waitUntilReady());
  } catch (error) {
    await close();
    throw error;
  }
  const queue: JobQueue = new Queue(
    NAME,
    { ...optionsIn(place), streams: { events: { maxLen: KEPT_EVENTS } } },
    // They share the worker's connections, which it closes.
    () => worker.getBackend(),
  );
  // The worker is told the same.
  queue.on('error', () => undefined);
  return {
    queue,
    changeSchedules: (work) => place.changeSchedules(work),
    start: () =>
      void worker.run().catch((error: unknown) => {
        handlers.onError(error as Error);
      }),
    close,
  };
}

function optionsIn({ prefix }: QueuePlace): { connection: object; prefix?: string } {
  return { connection: {}, ...(prefix !== undefined && { prefix }) };
}

function openWorker(place: QueuePlace, handlers: RunHandlers): JobRunner {
  const worker = new JobRunner(
    NAME,
    (job) => handlers.run(job),
    {
      ...optionsIn(place),
      // It tells operators which process carries jobs out.
      name: String(process.pid),
      autorun: false,
      concurrency: CONCURRENCY,
      lockDuration: LOCK,
      stalledInterval: LOST_RUNS_CHECK,
      runRetryDelay: SECOND,
    },
    place.create,
  );
  worker.on('error', (error) => {
    handlers.onError(error);
  });
  return worker;
}

/**
 * Opens the queue for a look, without carrying runs out.
 * @throws what the database says, or an Error when Redis does not answer
 */
export async function visitQueue<T>(
  address: QueueAddress,
  work: (queue: JobQueue) => Promise<T>,
): Promise<T> {
  if (address.redis.url === undefined) await prepareQueue(address.databaseUrl);
  const place = await queuePlaceOf(address);
  const queue: JobQueue = new Queue(NAME, { ...optionsIn(place), skipMetasUpdate: true }, place.create);
  queue.on('error', () => undefined);
  const patience = new AbortController();
  const timer = setTimeout(() => {
    patience.abort(new Error('the queue of jobs does not answer'));
  }, VISIT_PATIENCE);
  try {
    return await unlessStopped(patience.signal, work(queue));
  } finally {
    clearTimeout(timer);
    if (!place.isAway()) await queue.close();
    place.close();
  }
}
