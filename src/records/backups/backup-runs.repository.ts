import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database } from '../../foundation/database/database.js';

/** An attempt at a backup. Times in unix seconds. */
export interface BackupRun {
  id: number;
  /** The host's name. */
  machine: string;
  /** Of the archive. */
  name: string;
  begunAt: number;
  /** Null while it is under way, and when it was killed. */
  endedAt: number | null;
  /** Of the archive; null unless it was verified. */
  bytes: number | null;
  /** The reason in a line. */
  failure: string | null;
}

const RUN = `SELECT id, machine, name, begun_at AS "begunAt", ended_at AS "endedAt", bytes::float8 AS bytes, failure
  FROM backup_runs`;
/** Lines that are kept. */
const KEPT = 1_000;

const BACKUP_RUN_COLUMNS: Columns<BackupRun> = {
  id: column.number,
  machine: column.text,
  name: column.text,
  begunAt: column.number,
  endedAt: column.number.orNull,
  bytes: column.number.orNull,
  failure: column.text.orNull,
};

/** The attempts at backups that are made by themselves, on whichever machine. */
@Injectable()
export class BackupRunsRepository {
  constructor(private readonly database: Database) {}

  /** The latest attempts, newest first. */
  latest(limit: number): Promise<BackupRun[]> {
    return this.database.rows(BACKUP_RUN_COLUMNS, `${RUN} ORDER BY id DESC LIMIT $1`, [limit]);
  }

  /** The latest one that was verified. */
  latestSuccess(): Promise<BackupRun | undefined> {
    return this.database.row(BACKUP_RUN_COLUMNS, `${RUN} WHERE bytes IS NOT NULL ORDER BY id DESC LIMIT 1`);
  }

  /**
   * Records the begin of an attempt, and forgets the oldest ones.
   * @returns its id
   */
  async begin({ machine, name, begunAt }: Pick<BackupRun, 'machine' | 'name' | 'begunAt'>): Promise<number> {
    return this.database.transact(async (tx) => {
      const row = await tx.row(
        { id: column.number },
        'INSERT INTO backup_runs (machine, name, begun_at) VALUES ($1, $2, $3) RETURNING id',
        [machine, name, begunAt],
      );
      if (!row) throw new Error('An attempt at a backup was not recorded');
      await tx.run('DELETE FROM backup_runs WHERE id <= $1', [row.id - KEPT]);
      return row.id;
    });
  }

  /** Records the end of an attempt. */
  async end(
    id: number,
    { endedAt, bytes, failure }: Pick<BackupRun, 'endedAt' | 'bytes' | 'failure'>,
  ): Promise<void> {
    await this.database.transact((tx) =>
      tx.run('UPDATE backup_runs SET ended_at = $2, bytes = $3, failure = $4 WHERE id = $1', [
        id,
        endedAt,
        bytes,
        failure,
      ]),
    );
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
