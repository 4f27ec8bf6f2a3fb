import { createReadStream } from 'node:fs';
import { open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Transform, type TransformCallback } from 'node:stream';
import { Transform as TransformStream } from 'node:stream';
import { diskSpace } from '../../../foundation/disk-space.js';
import { makeFolder } from '../../../foundation/make-folder.js';
import { errorCode } from '../../../foundation/database/errors.js';
import { fileTrouble } from '../../../foundation/file-trouble.js';
import { archiveInFile, type ArchiveSource, type AskPassphrase } from '../archive/archive-source.js';
import { type FillArchive, UNFINISHED, writeArchive } from '../archive/archive-writer.js';
import { BackupError } from '../archive/backup-error.js';
import { type BackupPlace, parseBackupName, type StoredBackup } from './backup-place.js';

/** Bytes that are written between two looks at the free space. */
const BETWEEN_LOOKS = 16 * 1024 * 1024;

/** A folder of this machine, be it a disk of another one. */
export class FolderPlace implements BackupPlace {
  readonly name: string;

  /**
   * @param publicKeyHex of the community
   * @param minFree bytes of its disk that a backup leaves free
   */
  constructor(
    private readonly folder: string,
    private readonly publicKeyHex: string,
    private readonly minFree: number,
  ) {
    this.name = folder;
  }

  async list(): Promise<StoredBackup[]> {
    const found: StoredBackup[] = [];
    for (const name of await this.names()) {
      const parsed = parseBackupName(name, this.publicKeyHex);
      if (parsed) found.push({ name, ...parsed, bytes: (await stat(this.pathOf(name))).size });
    }
    return found.sort((a, b) => a.madeAt - b.madeAt);
  }

  async clear(): Promise<void> {
    for (const name of await this.names()) {
      if (!name.endsWith(UNFINISHED)) continue;
      const isOurs = parseBackupName(name.slice(0, -UNFINISHED.length), this.publicKeyHex) !== undefined;
      if (isOurs) await rm(this.pathOf(name), { force: true });
    }
  }

  async write(
    name: string,
    fill: FillArchive,
    through: readonly Transform[],
    stopping: AbortSignal,
  ): Promise<void> {
    await makeFolder(this.folder, 0o700).catch((error: unknown) => {
      throw new BackupError(`The folder for backups can't be made: ${fileTrouble(error)}`);
    });
    await writeArchive(this.pathOf(name), fill, { through: [...through, new SpaceWatch(this)], stopping });
    await syncFolder(dirname(this.pathOf(name)));
  }

  read(name: string, passphrase: AskPassphrase): ArchiveSource {
    return archiveInFile(this.pathOf(name), passphrase);
  }

  raw(name: string): AsyncIterable<Buffer> {
    return createReadStream(this.pathOf(name)) as AsyncIterable<Buffer>;
  }

  async remove(name: string): Promise<void> {
    await rm(this.pathOf(name), { force: true });
  }

  async freeBytes(): Promise<number> {
    return (await diskSpace(await existing(this.folder))).free - this.minFree;
  }

  private pathOf(name: string): string {
    return join(this.folder, name);
  }

  private async names(): Promise<string[]> {
    return readdir(this.folder).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return [];
      throw new BackupError(`The folder for backups can't be read: ${fileTrouble(error)}`);
    });
  }
}

/** Ends a backup before it fills the disk, which others write to as well. */
class SpaceWatch extends TransformStream {
  private unlooked = 0;

  constructor(private readonly place: FolderPlace) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.unlooked += chunk.length;
    if (this.unlooked < BETWEEN_LOOKS) {
      done(null, chunk);
      return;
    }
    this.unlooked = 0;
    this.place.freeBytes().then(
      (free) => {
        if (free > BETWEEN_LOOKS) done(null, chunk);
        else done(new BackupError(`The disk of ${this.place.name} is nearly full (MIN_FREE_DISK_BYTES)`));
      },
      (error: unknown) => {
        done(error as Error);
      },
    );
  }
}

/** The folder, or the first one above it that exists. */
async function existing(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => undefined);
  return found || dirname(folder) === folder ? folder : existing(dirname(folder));
}

/** Makes a new name in a folder survive a crash. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
