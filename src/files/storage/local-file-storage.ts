import { access, open, opendir, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable } from 'node:stream';
import { makeFolder } from '../../foundation/make-folder.js';
import { type Clock } from '../../foundation/clock.js';
import { type Settings } from '../../foundation/config/settings.js';
import { errorCode } from '../../foundation/database/errors.js';
import { type SpooledUpload } from '../../protocol/requests/inner-request.js';
import { PIECE_BYTES } from '../../protocol/requests/parted-text.js';
import { type StoredBytes } from '../../protocol/requests/reply.js';
import {
  assertStorageKey,
  FileStorage,
  type MissingKeys,
  newStorageKey,
  STORAGE_KEY,
} from './file-storage.js';
import { type IncomingFolder, isOlder } from './incoming-folder.js';
import { translateFullDisk } from './full-disk.js';

/** Files in the folder `DATA_DIR/uploads`, which several processes and machines may share. */
export class LocalFileStorage extends FileStorage {
  private readonly folder: string;

  constructor(
    settings: Settings,
    private readonly clock: Clock,
    private readonly incoming: IncomingFolder,
  ) {
    super();
    this.folder = join(settings.dataDir, 'uploads');
  }

  /** Makes the folder, unless it is there. */
  async make(): Promise<void> {
    await makeFolder(this.folder, 0o700);
  }

  override check(): Promise<void> {
    return Promise.resolve();
  }

  override async keep(content: Buffer | SpooledUpload): Promise<string> {
    const written = Buffer.isBuffer(content)
      ? await this.incoming.write((file) => file.writeFile(content))
      : content.path;
    const key = newStorageKey();
    try {
      await this.finish(written, key);
      return key;
    } catch (error) {
      await this.remove([key]);
      throw error;
    }
  }

  override async keepAs(key: string, content: Readable): Promise<void> {
    await this.finish(await this.incoming.write((file) => writeFile(file, content)), key);
  }

  override async open(key: string): Promise<StoredBytes | undefined> {
    try {
      const file = await open(this.pathOf(key), 'r');
      return new OpenFile(file, (await file.stat()).size);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  override async findMissing(keys: readonly string[]): Promise<MissingKeys> {
    const missing: string[] = [];
    for (const key of keys) if (!(await this.has(key))) missing.push(key);
    return { keys: missing, of: keys.length };
  }

  override async remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) await rm(this.pathOf(key), { force: true });
  }

  override async *keysOlderThan(seconds: number): AsyncGenerator<string> {
    const moment = this.clock.milliseconds() - seconds * 1000;
    for await (const { name } of await opendir(this.folder)) {
      if (STORAGE_KEY.test(name) && (await isOlder(join(this.folder, name), moment))) yield name;
    }
  }

  private async has(key: string): Promise<boolean> {
    try {
      await access(this.pathOf(key));
      return true;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return false;
      throw error;
    }
  }

  /** Gives a written file its name, once its content is safe. */
  private async finish(written: string, key: string): Promise<void> {
    try {
      await sync(written);
      await rename(written, this.pathOf(key));
      await sync(this.folder);
    } catch (error) {
      await rm(written, { force: true });
      throw translateFullDisk(error);
    }
  }

  private pathOf(key: string): string {
    assertStorageKey(key);
    return join(this.folder, key);
  }
}

/** Open from the start, so that a file that expires meanwhile can still be read to its end. */
class OpenFile implements StoredBytes {
  constructor(
    private readonly file: FileHandle,
    readonly size: number,
  ) {}

  async readInto(target: Buffer): Promise<void> {
    try {
      const { bytesRead } = await this.file.read(target, 0, this.size, 0);
      if (bytesRead < this.size) throw new Error('A stored file is shorter than it was when it was opened');
    } finally {
      await this.file.close();
    }
  }

  async *pieces(): AsyncGenerator<Buffer> {
    try {
      for (let at = 0; at < this.size;) {
        const piece = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, this.size - at));
        const { bytesRead } = await this.file.read(piece, 0, piece.length, at);
        if (bytesRead === 0) return;
        at += bytesRead;
        yield piece.subarray(0, bytesRead);
      }
    } finally {
      await this.file.close();
    }
  }

  close(): void {
    // A file that is closed already is left alone by this, and nobody waits for one whose closing fails.
    this.file.close().catch(() => undefined);
  }
}

/** Waits until a file's content, or a folder's list of names, would survive a crash. */
async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
