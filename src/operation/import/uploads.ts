import { createReadStream } from 'node:fs';
import { lstat, open, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileStorage } from '../../files/storage/file-storage.js';
import { errorCode } from '../../foundation/database/errors.js';
import { fileTrouble } from '../../foundation/file-trouble.js';
import { type Progress } from '../../foundation/progress.js';
import { checksumOfStream } from '../checksums.js';
import { ImportError } from './source/import-error.js';
import { type Source } from './source/source.js';
import { FILE_REQUIREMENTS, type FileBytes, importedStorageKey } from './transfers/rooms.js';

/** Files that are copied at the same time. */
const PARALLEL = 8;
/** Bytes; a larger one is no upload but has holes, which a copy would fill. */
const LARGEST_FILE = 1024 ** 3;

interface SourceFile {
  readonly id: number;
  readonly path: string;
  readonly size: number;
}

/**
 * The bytes of the old server's files. pysogs writes them to `uploads/ROOM/ID_NAME` and keeps that path, relative to
 * the folder that it runs in.
 */
export class Uploads implements FileBytes {
  private resolvedFolder: Promise<string> | undefined;
  private readonly missing = new Set<number>();
  /** Sizes of files that have another one than the source's table says. */
  private readonly sizes = new Map<number, number>();

  constructor(
    private readonly source: Source,
    private readonly folder: string,
    private readonly serverPublicKey: Buffer,
  ) {}

  keyOf(id: number): string {
    return importedStorageKey(this.serverPublicKey, id);
  }

  sizeOf(id: number, recorded: number): number | undefined {
    return this.missing.has(id) ? undefined : (this.sizes.get(id) ?? recorded);
  }

  /** How many files the source lists. */
  count(): Promise<number> {
    return this.source.number(`SELECT count(*) FROM files f WHERE ${WANTED}`);
  }

  /** Looks for every file without copying any. */
  async look(progress: Progress): Promise<void> {
    await this.eachFile('files looked for', progress, async (_file, path) => {
      await (await open(path)).close();
    });
  }

  /** Copies every file to where ours are, and reads it back. A file that an earlier attempt copied is not copied again. */
  async copyTo(storage: FileStorage, progress: Progress): Promise<void> {
    await this.eachFile('files copied', progress, async ({ id }, path) => {
      const key = this.keyOf(id);
      const expected = await checksumOfStream(createReadStream(path));
      if ((await this.stored(storage, key)) === expected) return;
      await storage.keepAs(key, createReadStream(path));
      if ((await this.stored(storage, key)) === expected) return;
      throw new ImportError(`the copy of ${path} differs from it: is the disk all right?`);
    });
  }

  private async eachFile(
    task: string,
    progress: Progress,
    visit: (file: SourceFile, path: string) => Promise<void>,
  ): Promise<void> {
    progress.begin(task, await this.count());
    for await (const files of this.listed()) {
      for (let start = 0; start < files.length; start += PARALLEL) {
        const group = files.slice(start, start + PARALLEL);
        await Promise.all(group.map((file) => this.visit(file, visit)));
        progress.advance(group.length);
      }
    }
    progress.end();
  }

  private async *listed(): AsyncIterable<SourceFile[]> {
    const path = this.source.schema.bytes('f.path');
    const sql = `SELECT f.id, f.size, ${path} AS path FROM files f WHERE ${WANTED} ORDER BY f.id`;
    for await (const rows of this.source.batches(sql)) {
      yield rows.map((row) => ({ id: Number(row.id), size: Number(row.size), path: pathText(row.path) }));
    }
  }

  private async visit(
    file: SourceFile,
    visit: (file: SourceFile, path: string) => Promise<void>,
  ): Promise<void> {
    const found = await this.locate(file.path);
    if (!found) {
      this.missing.add(file.id);
      return;
    }
    if (found.size !== file.size) this.sizes.set(file.id, found.size);
    await visit(file, found.path).catch(refuseUnreadableUpload);
  }

  /**
   * Only the end of a recorded path is used, because folders move. A path that would leave the folder is not followed, links
   * included: the old server's files are published, and a link may lead to any file of this machine.
   */
  private async locate(recorded: string): Promise<{ path: string; size: number } | undefined> {
    const parts = recorded.split('/').filter((part) => part !== '' && part !== '.');
    if (parts.includes('..') || recorded.includes('\0')) return undefined;
    for (let start = 0; start < parts.length; start++) {
      const path = join(this.folder, ...parts.slice(start));
      const found = await lstat(path).catch(missingOrRefused);
      if (!found?.isFile() || found.size > LARGEST_FILE) continue;
      const real = await realpath(path).catch(() => '');
      if (real.startsWith(`${await this.realFolder()}/`)) return { path: real, size: found.size };
    }
    return undefined;
  }

  private realFolder(): Promise<string> {
    this.resolvedFolder ??= realpath(this.folder);
    return this.resolvedFolder;
  }

  private async stored(storage: FileStorage, key: string): Promise<string | undefined> {
    const bytes = await storage.open(key);
    return bytes && checksumOfStream(bytes.pieces());
  }
}

const UNREADABLE = new Set(['EACCES', 'EPERM', 'EIO']);

/** @throws ImportError: a file that is there and can't be read is not one that is missing and may be left out */
function refuseUnreadableUpload(error: unknown): never {
  if (!UNREADABLE.has(errorCode(error) ?? '')) throw error;
  throw new ImportError(`an uploaded file can't be read: ${fileTrouble(error)}`);
}

function missingOrRefused(error: unknown): undefined {
  if (UNREADABLE.has(errorCode(error) ?? '')) refuseUnreadableUpload(error);
}

const WANTED = FILE_REQUIREMENTS.map(({ condition }) => `(${condition})`).join(' AND ');

function pathText(raw: unknown): string {
  return raw instanceof Uint8Array ? Buffer.from(raw).toString() : String(raw);
}
