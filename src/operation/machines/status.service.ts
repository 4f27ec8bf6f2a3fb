import { Injectable } from '@nestjs/common';
import { Clock } from '../../foundation/clock.js';
import { Settings } from '../../foundation/config/settings.js';
import { column } from '../../foundation/database/columns.js';
import { Database } from '../../foundation/database/database.js';
import { RedisConnection } from '../../foundation/redis/redis-connection.service.js';
import { withStorage } from '../../files/storage/open-file-storage.js';
import { ServerIdentity } from '../../protocol/identity/server-identity.js';
import { EventCursorsRepository } from '../../records/events/event-cursors.repository.js';
import { type ProcessEntity } from '../../records/entities/process.entity.js';
import { ProcessesRepository } from '../../records/processes/processes.repository.js';
import { type QueueLengths, QueueReports } from '../jobs/queue-report.service.js';
import { type SelfReport } from './self-report.service.js';

/** A worker as `plaza status` shows it; times are unix seconds. */
interface WorkerStatus extends SelfReport {
  pid: number;
  version: string;
  startedAt: number;
  seenAt: number;
}

/** A machine as `plaza status` shows it. */
interface MachineStatus {
  /** Its name and port. */
  name: string;
  /** Whether it is about to stop. */
  isLeaving: boolean;
  workers: WorkerStatus[];
}

/** How PostgreSQL fares. */
interface DatabaseStatus {
  version: string;
  /** Whether it only reads, as a standby that nobody has promoted. */
  isStandby: boolean;
  connections: number;
  maxConnections: number;
  /** Milliseconds that it took to answer. */
  answeredInMs: number;
  /** Seconds by which the slowest standby is behind; null without one. */
  standbyLag: number | null;
}

/** Whether something that machines share can be reached from here. */
interface Reach {
  isReachable: boolean;
  answeredInMs: number | null;
}

/** Where files lie, and whether they can be reached from here. */
interface StorageStatus extends Reach {
  kind: 'folder' | 's3';
}

/** How far a reader of the events has come. */
interface ReaderStatus {
  reader: string;
  /** Events that it has not dealt with. */
  waiting: number;
}

/** A whole community at a glance, as `plaza status --json` prints it. */
export interface Status {
  machines: MachineStatus[];
  database: DatabaseStatus;
  /** Null for a community without Redis. */
  redis: Reach | null;
  storage: StorageStatus;
  /** Null while the queue of jobs can't be reached. */
  jobs: QueueLengths | null;
  readers: ReaderStatus[];
}

/** Finds out how the machines of a community and what they share fare. */
@Injectable()
export class StatusService {
  constructor(
    private readonly database: Database,
    private readonly processes: ProcessesRepository,
    private readonly cursors: EventCursorsRepository,
    private readonly redis: RedisConnection,
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly identity: ServerIdentity,
    private readonly queue: QueueReports,
  ) {}

  /** @throws DatabaseUnavailableError */
  async look(): Promise<Status> {
    const [machines, database, redis, storage, jobs, readers] = await Promise.all([
      this.machines(),
      this.lookAtDatabase(),
      this.lookAtRedis(),
      this.lookAtStorage(),
      this.queue.lengths().catch(() => null),
      this.cursors.waiting(),
    ]);
    return { machines, database, redis, storage, jobs, readers };
  }

  private async machines(): Promise<MachineStatus[]> {
    const machines = new Map<string, MachineStatus>();
    for (const process of await this.processes.alive()) {
      const { machine: name, isLeaving } = process;
      const machine = machines.get(name) ?? { name, isLeaving, workers: [] };
      machine.workers.push(workerStatus(process));
      machines.set(name, machine);
    }
    return [...machines.values()];
  }

  private async lookAtDatabase(): Promise<DatabaseStatus> {
    const asked = performance.now();
    const [found] = await this.database.rows(
      {
        connections: column.number,
        maxConnections: column.number,
        version: column.text,
        isStandby: column.boolean,
        standbyLag: column.number.orNull,
      },
      `SELECT current_setting('server_version') AS version, pg_is_in_recovery() AS "isStandby",
         (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
         current_setting('max_connections')::int AS "maxConnections",
         (SELECT extract(epoch FROM max(replay_lag)) FROM pg_stat_replication)::float8 AS "standbyLag"`,
    );
    if (!found) throw new Error('PostgreSQL answered nothing');
    return { ...found, answeredInMs: milliseconds(asked) };
  }

  private async lookAtRedis(): Promise<Reach | null> {
    if (!this.redis.isConfigured) return null;
    const { live } = this.redis;
    return reach(() => live?.ping() ?? Promise.reject(new Error('There is no connection')));
  }

  private async lookAtStorage(): Promise<StorageStatus> {
    const kind = this.settings.s3Bucket === undefined ? 'folder' : 's3';
    const { publicKeyHex } = this.identity;
    const reached = await reach(() =>
      withStorage(this.settings, this.clock, ({ all }) => all.check(publicKeyHex)),
    );
    return { kind, ...reached };
  }
}

function workerStatus({ pid, version, startedAt, seenAt, report }: ProcessEntity): WorkerStatus {
  return { pid, version, startedAt, seenAt, ...(report as SelfReport) };
}

/** Asks something and tells whether it answered. */
async function reach(ask: () => Promise<unknown>): Promise<Reach> {
  const asked = performance.now();
  try {
    await ask();
    return { isReachable: true, answeredInMs: milliseconds(asked) };
  } catch {
    return { isReachable: false, answeredInMs: null };
  }
}

/** Milliseconds since a moment of `performance.now()`, with one decimal. */
function milliseconds(since: number): number {
  return Math.round((performance.now() - since) * 10) / 10;
}
