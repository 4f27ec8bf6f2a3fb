import { type BackupSchedule } from '../../foundation/config/backup-settings.js';
import { type BackupRun } from '../../records/backups/backup-runs.repository.js';

const DAY = 24 * 60 * 60;
/** Seconds after which an attempt that failed, or was killed, is made again. */
const RETRY_AFTER = 15 * 60;

/**
 * Whether a backup is due: at once where there is none yet, and not right after an attempt that failed.
 * @param latest the latest attempt
 * @param success the latest one that was verified
 * @param now unix seconds
 */
export function isBackupDue(
  schedule: BackupSchedule,
  latest: Pick<BackupRun, 'begunAt' | 'bytes'> | undefined,
  success: Pick<BackupRun, 'begunAt'> | undefined,
  now: number,
): boolean {
  if (latest?.bytes === null && now < latest.begunAt + RETRY_AFTER) return false;
  if (!success) return true;
  if ('everySeconds' in schedule) return now >= success.begunAt + schedule.everySeconds;
  const today = Math.floor(now / DAY) * DAY + schedule.dailyAt;
  return success.begunAt < (now < today ? today - DAY : today);
}

/** Seconds that lie between two backups of a schedule. */
export function intervalOf(schedule: BackupSchedule): number {
  return 'everySeconds' in schedule ? schedule.everySeconds : DAY;
}
