import {
  type BackendFactory,
  createPostgresBackend,
  type IQueueBackend,
  type Job as QueuedJob,
  type JobProgress,
  type PostgresPoolConfig,
  Queue,
  Worker,
} from 'bullmq';
import { type QueueAddress } from './queue-address.js';
import { QUEUE_SCHEMA } from './queue-schema.js';

/** The queue of the community's jobs. */
export type JobQueue = Queue<object, unknown, string, object, unknown, string, IQueueBackend, object>;

/** A queue, and what takes runs from it. */
export interface OpenQueue {
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

/** Entries that the queue keeps of what happened in it. Nobody reads them. */
const KEPT_EVENTS = 100;

/** The queue in PostgreSQL. */
function inPostgres(databaseUrl: string): BackendFactory<IQueueBackend, object> {
  const connection = connectionTo(databaseUrl);
  return (name, options, more) => createPostgresBackend(name, { ...options, connection }, more);
}

function connectionTo(databaseUrl: string): PostgresPoolConfig {
  return {
    ...splitOptions(databaseUrl),
    schema: QUEUE_SCHEMA,
    // Plaza says itself which versions it works with.
    skipVersionCheck: true,
    application_name: 'plaza jobs',
    // Beside it there is one session that hears of new runs.
    max: 1,
    connectionTimeoutMillis: 5 * SECOND,
    statement_timeout: 10 * SECOND,
    query_timeout: 15 * SECOND,
    keepAlive: true,
  };
}

/**
 * Options of sessions come from the URL or from the configuration, and those of the URL would win. A crash of PostgreSQL
 * may take the latest changes of the queue back, all after one point in time: then runs are carried out again.
 */
function splitOptions(databaseUrl: string): { connectionString: string; options: string } {
  const url = new URL(databaseUrl);
  const own = url.searchParams.get('options');
  url.searchParams.delete('options');
  return {
    connectionString: own === null ? databaseUrl : url.href,
    options: [own, '-c synchronous_commit=off'].filter(Boolean).join(' '),
  };
}

/**
 * Opens the queue, for a process that carries runs out.
 * @throws what the database says when it can't be reached
 */
export async function openQueue({ databaseUrl }: QueueAddress, handlers: RunHandlers): Promise<OpenQueue> {
  const connection = {};
  const worker = new Worker<object, unknown, string, IQueueBackend, JobProgress, object>(
    NAME,
    (job) => handlers.run(job),
    {
      connection,
      // It tells operators which process carries jobs out.
      name: String(process.pid),
      autorun: false,
      concurrency: CONCURRENCY,
      lockDuration: LOCK,
      stalledInterval: LOST_RUNS_CHECK,
      runRetryDelay: SECOND,
    },
    inPostgres(databaseUrl),
  );
  worker.on('error', (error) => {
    handlers.onError(error);
  });
  try {
    await worker.waitUntilReady();
  } catch (error) {
    await worker.close();
    throw error;
  }
  const queue: JobQueue = new Queue(
    NAME,
    { connection, streams: { events: { maxLen: KEPT_EVENTS } } },
    // They share the worker's connections, which it closes.
    () => worker.getBackend(),
  );
  // The worker is told the same.
  queue.on('error', () => undefined);
  return {
    queue,
    start: () =>
      void worker.run().catch((error: unknown) => {
        handlers.onError(error as Error);
      }),
    close: () => worker.close(),
  };
}
