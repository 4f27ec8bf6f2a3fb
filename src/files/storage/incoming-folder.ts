import { randomBytes } from 'node:crypto';
import { open, opendir, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { makeFolder } from '../../foundation/make-folder.js';
import { Clock } from '../../foundation/clock.js';
import { Settings } from '../../foundation/config/settings.js';
import { errorCode } from '../../foundation/database/errors.js';
import { translateFullDisk } from './full-disk.js';

/**
 * The folder of files that are being written, `DATA_DIR/uploads/incoming`: on the same disk as the finished ones, so
 * that a file is finished by renaming it.
 */
@Injectable()
export class IncomingFolder {
  private readonly path: string;

  constructor(
    settings: Settings,
    private readonly clock: Clock,
  ) {
    this.path = join(settings.dataDir, 'uploads', 'incoming');
  }

  /** Makes the folder, unless it is there. */
  async make(): Promise<void> {
    await makeFolder(this.path, 0o700);
  }

  /**
   * Makes a new file and lets `write` fill it; it is removed again when that fails.
   * @returns its absolute path
   * @throws ProtocolError `storage_full`
   */
  async write(write: (file: FileHandle) => Promise<void>): Promise<string> {
    const path = join(this.path, randomBytes(16).toString('hex'));
    try {
      const file = await open(path, 'wx', 0o600);
      try {
        await write(file);
      } finally {
        await file.close();
      }
      return path;
    } catch (error) {
      await rm(path, { force: true });
      throw translateFullDisk(error);
    }
  }

  /**
   * Removes what processes that died left half written.
   * @param seconds how long nobody must have written to it: longer than any upload may pause
   * @returns how many files that were
   */
  async removeAbandoned(seconds: number): Promise<number> {
    let removed = 0;
    for await (const { name } of await opendir(this.path)) {
      const path = join(this.path, name);
      if (!(await isOlder(path, this.clock.milliseconds() - seconds * 1000))) continue;
      await rm(path, { force: true });
      removed++;
    }
    return removed;
  }
}

/** Whether a file was last written before `moment`, in unix milliseconds; false when it is gone. */
export async function isOlder(path: string, moment: number): Promise<boolean> {
  try {
    return (await stat(path)).mtimeMs <= moment;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
