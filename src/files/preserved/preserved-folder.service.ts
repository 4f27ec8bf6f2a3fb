import { open, opendir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { makeFolder } from '../../foundation/make-folder.js';
import { Clock } from '../../foundation/clock.js';
import { Settings } from '../../foundation/config/settings.js';
import { errorCode } from '../../foundation/database/errors.js';
import { type Sodium } from '../../protocol/crypto/sodium.js';
import { SODIUM } from '../../protocol/identity/sodium.provider.js';
import { type FileOrigin } from '../../records/files/looked-at-files.repository.js';
import { FileStorage } from '../storage/file-storage.js';
import { isOlder } from '../storage/incoming-folder.js';
import { sealFile } from './sealed-file.js';

const DAY = 24 * 60 * 60;

/**
 * The folder `DATA_DIR/preserved` of this machine. With ABUSE_PRESERVE=sealed it keeps what is forbidden as abuse, so that only the
 * owner of a key that is not on the server can read it.
 */
@Injectable()
export class PreservedFolder {
  private readonly path: string;

  constructor(
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly storage: FileStorage,
    @Inject(SODIUM) private readonly sodium: Sodium,
  ) {
    this.path = join(settings.dataDir, 'preserved');
  }

  /** Keeps a file, unless that is off, it is kept already or it has no bytes any more. */
  async keep(file: FileOrigin, sha256: Buffer): Promise<void> {
    const { abusePreserve, abusePreserveKey } = this.settings;
    if (abusePreserve === 'off' || abusePreserveKey === undefined) return;
    const bytes = await this.storage.open(file.storageKey);
    if (!bytes) return;
    await makeFolder(this.path, 0o700);
    const name = join(this.path, `${sha256.toString('hex')}.sealed`);
    const target = await open(`${name}.part`, 'w', 0o600);
    try {
      const { size, room, filename, uploader, uploadedAt, messageId } = file;
      const header = {
        sha256: sha256.toString('hex'),
        size,
        preserved_at: this.clock.seconds(),
        room,
        filename,
        uploader,
        uploaded_at: uploadedAt,
        message: messageId,
      };
      await sealFile(this.sodium, abusePreserveKey, target, header, bytes.pieces());
      await target.sync();
    } finally {
      await target.close();
    }
    await rename(`${name}.part`, name);
  }

  /** Removes what was kept for ABUSE_PRESERVE_DAYS, also when nothing is kept any more. @returns how many files */
  async removeOld(): Promise<number> {
    const moment = this.clock.milliseconds() - this.settings.abusePreserveDays * DAY * 1000;
    let removed = 0;
    const folder = await opendir(this.path).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (!folder) return removed;
    for await (const { name } of folder) {
      const path = join(this.path, name);
      if (!(await isOlder(path, moment))) continue;
      await rm(path, { force: true });
      removed++;
    }
    return removed;
  }
}
