import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../foundation/clock.js';
import { Settings } from '../../foundation/config/settings.js';
import { column } from '../../foundation/database/columns.js';
import { openLongSession } from '../../foundation/database/long-session.js';
import { readOne } from '../../foundation/database/read-rows.js';
import { errorLine } from '../../foundation/error-line.js';
import { type Cell } from '../../foundation/metrics/meter.js';
import { Meters } from '../../foundation/metrics/meters.service.js';
import { type Progress } from '../../foundation/progress.js';
import { FileStorage } from '../../files/storage/file-storage.js';
import { ServerIdentity } from '../../protocol/identity/server-identity.js';
import { type BackupRun, BackupRunsRepository } from '../../records/backups/backup-runs.repository.js';
import { BackupError } from './archive/backup-error.js';
import { isBackupDue } from './due-backup.js';
import { type MadeBackup } from './make-backup.js';

/** Key of our advisory lock, as SQL: one process at a time makes a backup. */
const LOCK = `hashtext('plaza backup')`;
/** Milliseconds for which a process shows what it has found: the one that looked last shows it. */
const SHOWN_FOR = 150_000;

/**
 * Makes the backups of BACKUP_SCHEDULE. An attempt holds a lock of a session of its own for as long as it takes, so on whichever
 * machine the job runs, one is made, and the lock of a killed process goes with its connection.
 */
@Injectable()
export class BackupJob {
  private readonly logger = new Logger('Backups');
  private readonly failures: Cell;
  private latest: BackupRun | undefined;
  private lookedAt = -Infinity;

  constructor(
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly identity: ServerIdentity,
    private readonly storage: FileStorage,
    private readonly runs: BackupRunsRepository,
    private readonly databaseUrl: string,
    meters: Meters,
  ) {
    this.failures = meters
      .counter({
        name: 'plaza_backup_failures_total',
        help: 'Backups that were to be made by themselves and failed.',
      })
      .cell();
    meters
      .gauge({
        name: 'plaza_backup_last_success_timestamp_seconds',
        help: 'When the latest backup was made that was verified; 0 where another process tells it.',
      })
      .watch(() => this.shown()?.begunAt ?? 0);
    meters
      .gauge({
        name: 'plaza_backup_last_bytes',
        help: 'Bytes of that backup; 0 where another process tells it.',
      })
      .watch(() => this.shown()?.bytes ?? 0);
  }

  /**
   * Makes a backup, if one is due.
   * @throws BackupError or another error when it could not be made or verified; then nothing of it is left
   */
  async run(stopping: AbortSignal): Promise<void> {
    if (this.settings.backupSchedule === undefined) return;
    await this.look();
    if (!(await this.isDue())) return;
    await this.locked(async () => {
      // Another process may have made one since.
      if (await this.isDue()) await this.attempt(stopping);
    });
  }

  /**
   * Makes a backup now, whatever the schedule says.
   * @throws BackupError when another one is being made, and as {@link run}
   */
  async now(progress: Progress): Promise<MadeBackup & { name: string }> {
    const made = await this.locked(() => this.attempt(new AbortController().signal, progress));
    if (made) return made;
    throw new BackupError('another backup is being made; plaza backups list shows it');
  }

  /** Runs `work` while no other backup is made; undefined when one is. */
  private async locked<T>(work: () => Promise<T>): Promise<T | undefined> {
    const session = await openLongSession(this.databaseUrl, 'plaza backup lock');
    try {
      const sql = `SELECT pg_try_advisory_lock(${LOCK}) AS locked`;
      const { locked } = await readOne(session, { locked: column.boolean }, sql);
      return locked ? await work() : undefined;
    } finally {
      await session.end();
    }
  }

  private async isDue(): Promise<boolean> {
    const { backupSchedule } = this.settings;
    if (!backupSchedule) return false;
    const [latest] = await this.runs.latest(1);
    return isBackupDue(backupSchedule, latest, await this.runs.latestSuccess(), this.clock.seconds());
  }

  private async attempt(stopping: AbortSignal, progress?: Progress): Promise<MadeBackup & { name: string }> {
    // Loaded here: most processes never make one.
    const { makeBackup, plannedName } = await import('./make-backup.js');
    const begunAt = this.clock.seconds();
    const name = plannedName(this.settings, this.identity, begunAt);
    const id = await this.runs.begin({ machine: this.settings.machineName, name, begunAt });
    let made: MadeBackup | undefined;
    let failure: string | null = null;
    try {
      const { settings, identity, storage, clock, databaseUrl } = this;
      const expected = await this.expectedBytes();
      made = await makeBackup(
        { settings, identity, storage, clock, databaseUrl },
        { name, expected, stopping, ...(progress && { progress }) },
      );
    } catch (error) {
      failure = errorLine(error);
      this.failures.value++;
      throw error instanceof Error ? error : new BackupError(failure);
    } finally {
      await this.runs.end(id, { endedAt: this.clock.seconds(), bytes: made?.bytes ?? null, failure });
      await this.look();
    }
    this.logger.log(`Made and verified the backup ${name} in ${made.place}: ${made.bytes} bytes`);
    return { ...made, name };
  }

  /** Bytes that a backup will have, as far as can be told. */
  private async expectedBytes(): Promise<number> {
    const last = await this.runs.latestSuccess();
    return Math.max(1.1 * (last?.bytes ?? 0), await this.runs.bytesOfFiles());
  }

  private async look(): Promise<void> {
    this.latest = await this.runs.latestSuccess();
    this.lookedAt = performance.now();
  }

  private shown(): BackupRun | undefined {
    return performance.now() - this.lookedAt < SHOWN_FOR ? this.latest : undefined;
  }
}
