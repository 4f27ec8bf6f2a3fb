import { Injectable } from '@nestjs/common';
import { IsNull, LessThanOrEqual, Not } from 'typeorm';
import { column } from '../../foundation/database/columns.js';
import { Database } from '../../foundation/database/database.js';
import { BackupRunEntity as BackupRun } from '../entities/backup.entity.js';

export { BackupRun };

/** How many attempts are remembered. */
const KEPT = 1_000;

/** The attempts at backups that are made by themselves, on whichever machine. */
@Injectable()
export class BackupRunsRepository {
  constructor(private readonly database: Database) {}

  /** The latest attempts, newest first. */
  latest(limit: number): Promise<BackupRun[]> {
    return this.database.read((repositories) =>
      repositories.repository(BackupRun).find({ order: { id: 'DESC' }, take: limit }),
    );
  }

  /** The latest one that was verified. */
  async latestSuccess(): Promise<BackupRun | undefined> {
    const run = await this.database.read((repositories) =>
      repositories.repository(BackupRun).findOne({ where: { bytes: Not(IsNull()) }, order: { id: 'DESC' } }),
    );
    return run ?? undefined;
  }

  /**
   * Records the begin of an attempt, and forgets the oldest ones.
   * @returns its id
   */
  async begin(run: Pick<BackupRun, 'machine' | 'name' | 'begunAt'>): Promise<number> {
    return this.database.transact(async (tx) => {
      const runs = tx.repository(BackupRun);
      const begun = runs.create(run);
      await runs.insert(begun);
      await runs.delete({ id: LessThanOrEqual(begun.id - KEPT) });
      return begun.id;
    });
  }

  /** Records the end of an attempt. */
  async end(id: number, outcome: Pick<BackupRun, 'endedAt' | 'bytes' | 'failure'>): Promise<void> {
    await this.database.transact((tx) => tx.repository(BackupRun).update({ id }, outcome));
  }

  /** Bytes of all files that a backup would hold. */
  async bytesOfFiles(): Promise<number> {
    const row = await this.database.row(
      { bytes: column.number },
      'SELECT coalesce(sum(size), 0)::float8 AS bytes FROM files WHERE room_id IS NOT NULL',
    );
    return row?.bytes ?? 0;
  }
}
