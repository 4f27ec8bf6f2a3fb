import { type Clock } from '../../foundation/clock.js';
import { type Settings } from '../../foundation/config/settings.js';
import { type Progress } from '../../foundation/progress.js';
import { type FileStorage } from '../../files/storage/file-storage.js';
import { type ServerIdentity } from '../../protocol/identity/server-identity.js';
import { backUp, type BackupSummary } from './backup.js';
import { BackupError } from './archive/backup-error.js';
import { passphraseOf } from './passphrase.js';
import { backupName, type BackupPlace } from './places/backup-place.js';
import { withBackupPlace } from './places/open-place.js';
import { Sealing } from './archive/sealed-archive.js';
import { verifyArchive } from './archive/verify-archive.js';

/** The community to back up, and the settings that say how. */
export interface BackupParts {
  readonly settings: Settings;
  readonly identity: ServerIdentity;
  readonly storage: FileStorage;
  readonly clock: Clock;
  readonly databaseUrl: string;
}

/** A backup to make. */
export interface PlannedBackup {
  readonly name: string;
  /** Bytes that it will have, as far as can be told. */
  readonly expected: number;
  readonly stopping: AbortSignal;
  readonly progress?: Progress;
}

/** A backup that was made and verified. */
export interface MadeBackup extends BackupSummary {
  readonly bytes: number;
  /** For people. */
  readonly place: string;
}

const NO_PROGRESS: Progress = { begin: () => undefined, advance: () => undefined, end: () => undefined };

/** The name of a backup that begins at a moment, in unix seconds. */
export function plannedName(settings: Settings, { publicKeyHex }: ServerIdentity, seconds: number): string {
  return backupName(publicKeyHex, seconds, settings.backupPassphraseFile !== undefined);
}

/**
 * Makes a backup in BACKUP_TO, reads it back and compares all of it with its checksums; then the oldest ones beyond BACKUP_KEEP
 * go.
 * @throws BackupError or another error, and then nothing of it is left there
 */
export async function makeBackup(
  { settings, identity, ...parts }: BackupParts,
  { name, expected, stopping, progress = NO_PROGRESS }: PlannedBackup,
): Promise<MadeBackup> {
  const passphrase = await passphraseOf(settings);
  return withBackupPlace(settings, identity.publicKeyHex, async (place) => {
    await place.clear();
    const free = await place.freeBytes();
    if (free < expected) {
      throw new BackupError(
        `There is too little space for a backup in ${place.name}: ${Math.max(0, Math.floor(free))} bytes above ` +
          `MIN_FREE_DISK_BYTES, and it takes about ${Math.ceil(expected)}`,
      );
    }
    const through = passphrase === undefined ? [] : [await Sealing.open(passphrase)];
    const summary = await backUp(
      { ...parts, identity },
      (fill) => place.write(name, fill, through, stopping),
      progress,
    );
    try {
      await verifyArchive(
        place.read(name, () => Promise.resolve(passphrase ?? '')),
        stopping,
      );
    } catch (error) {
      await place.remove(name);
      throw error;
    }
    const kept = await place.list();
    await removeOldest(
      place,
      kept.map((backup) => backup.name),
      settings.backupKeep,
    );
    const bytes = kept.find((backup) => backup.name === name)?.bytes ?? 0;
    return { ...summary, bytes, place: place.name };
  });
}

async function removeOldest(place: BackupPlace, names: readonly string[], keep: number): Promise<void> {
  for (const name of names.slice(0, Math.max(0, names.length - keep))) await place.remove(name);
}
