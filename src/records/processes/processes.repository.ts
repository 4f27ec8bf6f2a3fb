import { Injectable } from '@nestjs/common';
import { column } from '../../foundation/database/columns.js';
import { Database } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { ProcessEntity } from '../entities/process.entity.js';
import { ThisProcess } from './this-process.js';

/** Seconds between two signs of life of a process. */
export const HEARTBEAT_SECONDS = 10;
/** Seconds after its last sign for which a process counts as alive. */
export const ALIVE_FOR = 3 * HEARTBEAT_SECONDS;
/** Seconds after which the row of a process that died is removed. */
const FORGOTTEN_AFTER = 3600;

/** The row of a process, without its times. */
export type ProcessSign = Pick<
  ProcessEntity,
  'pid' | 'version' | 'publicKey' | 'settings' | 'report' | 'isLeaving'
>;

/** The processes that serve the community, on all machines. */
@Injectable()
export class ProcessesRepository {
  constructor(
    private readonly database: Database,
    private readonly self: ThisProcess,
  ) {}

  /** Writes this process's row, and removes those of processes that are long dead. */
  async sign({ pid, version, publicKey, settings, report, isLeaving }: ProcessSign): Promise<void> {
    await this.database.run(
      `WITH forgotten AS (DELETE FROM processes WHERE seen_at < ${NOW} - ${FORGOTTEN_AFTER} AND id <> $1)
       INSERT INTO processes (id, machine, pid, version, public_key, settings, report, is_leaving, started_at, seen_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, ${NOW}, ${NOW})
       ON CONFLICT (id) DO UPDATE SET report = excluded.report, is_leaving = excluded.is_leaving, seen_at = ${NOW}`,
      [this.self.id, this.self.machine, pid, version, publicKey, settings, report, isLeaving],
    );
  }

  /** Shows that this process is alive, between two of its signs; before the first one it changes nothing. */
  async show(): Promise<void> {
    await this.database.run(`UPDATE processes SET seen_at = ${NOW} WHERE id = $1`, [this.self.id]);
  }

  /** Removes this process's row. */
  async leave(): Promise<void> {
    await this.database.run('DELETE FROM processes WHERE id = $1', [this.self.id]);
  }

  /** All that are alive, by machine and age. */
  async alive(): Promise<ProcessEntity[]> {
    return this.database.read((repositories) =>
      repositories
        .repository(ProcessEntity)
        .createQueryBuilder('process')
        .where(`process.seen_at > ${NOW} - ${ALIVE_FOR}`)
        .orderBy('process.machine')
        .addOrderBy('process.started_at')
        .getMany(),
    );
  }

  /** All that have not left, alive or not, by machine and age: those that died or were cut off within the last hour, too. */
  async listed(): Promise<ProcessEntity[]> {
    return this.database.read((repositories) =>
      repositories.repository(ProcessEntity).find({ order: { machine: 'ASC', startedAt: 'ASC' } }),
    );
  }

  /** Ids of those that are alive on other machines, and the unix seconds of their last signs. */
  async onOtherMachines(): Promise<Pick<ProcessEntity, 'id' | 'seenAt'>[]> {
    return this.database.rows(
      { id: column.text, seenAt: column.number },
      `SELECT id, seen_at AS "seenAt" FROM processes WHERE machine <> $1 AND seen_at > ${NOW} - ${ALIVE_FOR}`,
      [this.self.machine],
    );
  }
}
