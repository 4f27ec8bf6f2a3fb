import { join } from 'node:path';
import { type Settings } from '../../../foundation/config/settings.js';
import { openS3Client } from '../../../files/storage/open-store.js';
import { BackupError } from '../archive/backup-error.js';
import { type BackupPlace } from './backup-place.js';
import { FolderPlace } from './folder-place.js';
import { S3Place } from './s3-place.js';

/**
 * Runs `work` with the place of BACKUP_TO.
 * @param publicKeyHex of the community
 * @throws BackupError when it names a store and there is none
 */
export async function withBackupPlace<T>(
  settings: Settings,
  publicKeyHex: string,
  work: (place: BackupPlace) => Promise<T>,
): Promise<T> {
  const target = settings.backupTo ?? { folder: join(settings.dataDir, 'backups') };
  if ('folder' in target) {
    return work(new FolderPlace(target.folder, publicKeyHex, settings.minFreeDiskBytes));
  }
  if (settings.s3Bucket === undefined) {
    throw new BackupError(`BACKUP_TO is s3:${target.prefix}, and there is no store: set S3_BUCKET`);
  }
  const client = openS3Client(settings);
  try {
    return await work(new S3Place(client, settings.s3Bucket, target.prefix, publicKeyHex));
  } finally {
    client.close();
  }
}
