import { Injectable } from '@nestjs/common';
import { Clock } from '../../foundation/clock.js';
import { Settings } from '../../foundation/config/settings.js';
import { column } from '../../foundation/database/columns.js';
import { Database } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { diskSpace } from '../../foundation/disk-space.js';
import { errorLine } from '../../foundation/error-line.js';
import { RedisConnection } from '../../foundation/redis/redis-connection.service.js';
import { withStorage } from '../../files/storage/open-file-storage.js';
import { ServerIdentity } from '../../protocol/identity/server-identity.js';
import { EventCursorsRepository } from '../../records/events/event-cursors.repository.js';
import { type ProcessEntity } from '../../records/entities/process.entity.js';
import { ALIVE_FOR, ProcessesRepository } from '../../records/processes/processes.repository.js';
import { type QueueLengths, QueueReports } from '../jobs/queue-report.service.js';
import { type SelfReport } from './self-report.service.js';

/** A worker as `plaza status` shows it; times are unix seconds. */
interface WorkerStatus extends SelfReport {
  pid: number;
  version: string;
  startedAt: number;
  /** Its latest sign of life: one comes every ten seconds. */
  seenAt: number;
  /** Seconds since that. */
  silentFor: number;
}

/** A machine as `plaza status` shows it. */
interface MachineStatus {
  /** Its name and port. */
  name: string;
  /** Whether it is about to stop. */
  isLeaving: boolean;
  /** Whether it ended or was cut off within the last hour without a word: no worker of it has shown itself for long. */
  isGone: boolean;
  /** Those that are alive; of a machine that is gone, those that it had. */
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
interface Reachability {
  isReachable: boolean;
  answeredInMs: number | null;
  /** The reason in one line when it can't. */
  failure: string | null;
}

/** The disk of DATA_DIR on the machine that is asked, over which uploads go wherever files lie. */
interface DiskStatus {
  freeBytes: number;
  /** Whether uploads are refused here, because less than MIN_FREE_DISK_BYTES is free. */
  isFull: boolean;
}

/** Where files lie, and whether they can be reached from here. */
interface StorageStatus extends Reachability {
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
  redis: Reachability | null;
  storage: StorageStatus;
  /** Null where there is no DATA_DIR. */
  disk: DiskStatus | null;
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
    const [machines, database, redis, storage, disk, jobs, readers] = await Promise.all([
      this.machines(),
      this.lookAtDatabase(),
      this.lookAtRedis(),
      this.lookAtStorage(),
      this.lookAtDisk(),
      this.lookAtJobs(),
      this.cursors.waiting(),
    ]);
    return { machines, database, redis, storage, disk, jobs, readers };
  }

  private async machines(): Promise<MachineStatus[]> {
    const processes = await this.processes.listed();
    const row = await this.database.row({ now: column.number }, `SELECT ${NOW} AS now`);
    const machines = new Map<string, ListedProcess[]>();
    for (const process of processes) {
      const silentFor = Math.max(0, (row?.now ?? 0) - process.seenAt);
      const others = machines.get(process.machine) ?? [];
      machines.set(process.machine, [...others, { process, silentFor }]);
    }
    return [...machines].map(([name, all]) => machineStatus(name, all));
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

  private async lookAtRedis(): Promise<Reachability | null> {
    if (!this.redis.isConfigured) return null;
    const { live, whyAway } = this.redis;
    return reachability(() => live?.ping() ?? Promise.reject(new Error(whyAway)));
  }

  private async lookAtJobs(): Promise<QueueLengths | null> {
    // The queue would wait for Redis, and whoever asks is in a hurry then.
    if (this.redis.isConfigured && !this.redis.live) return null;
    return this.queue.lengths().catch(() => null);
  }

  private async lookAtDisk(): Promise<DiskStatus | null> {
    const { dataDir, minFreeDiskBytes } = this.settings;
    const space = await diskSpace(dataDir).catch(() => null);
    return space && { freeBytes: space.free, isFull: space.free < minFreeDiskBytes };
  }

  private async lookAtStorage(): Promise<StorageStatus> {
    const kind = this.settings.s3Bucket === undefined ? 'folder' : 's3';
    const { publicKeyHex } = this.identity;
    const reached = await reachability(() =>
      withStorage(this.settings, this.clock, ({ all }) => all.check(publicKeyHex)),
    );
    return { kind, ...reached };
  }
}

interface ListedProcess {
  readonly process: ProcessEntity;
  /** Seconds since its latest sign of life. */
  readonly silentFor: number;
}

/** @param processes of the machine, at least one */
function machineStatus(name: string, processes: readonly ListedProcess[]): MachineStatus {
  const silence = Math.min(...processes.map(({ silentFor }) => silentFor));
  const isGone = silence >= ALIVE_FOR;
  const shown = processes.filter(({ silentFor }) => silentFor < (isGone ? silence : 0) + ALIVE_FOR);
  return {
    name,
    isLeaving: !isGone && shown.some(({ process }) => process.isLeaving),
    isGone,
    workers: shown.map(workerStatus),
  };
}

function workerStatus({ process, silentFor }: ListedProcess): WorkerStatus {
  const { pid, version, startedAt, seenAt, report } = process;
  return {
    pid,
    version,
    startedAt,
    seenAt,
    silentFor: Math.round(silentFor * 10) / 10,
    ...(report as SelfReport),
  };
}

/** Asks something and tells whether it answered. */
async function reachability(ask: () => Promise<unknown>): Promise<Reachability> {
  const asked = performance.now();
  try {
    await ask();
    return { isReachable: true, answeredInMs: milliseconds(asked), failure: null };
  } catch (error) {
    return { isReachable: false, answeredInMs: null, failure: errorLine(error) };
  }
}

/** Milliseconds since a moment of `performance.now()`, with one decimal. */
function milliseconds(since: number): number {
  return Math.round((performance.now() - since) * 10) / 10;
}
