import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../foundation/database/errors.js';
import { exportedList, type ListedFile, readList } from '../records/files/forbidden-list.js';

const NAME = 'forbidden-files.json';

/**
 * A copy of the list of forbidden files in DATA_DIR, which outlives the database: a restore applies it. It is written by whichever
 * process of a machine looks at files, and never read by a server.
 */
export class ForbiddenListFile {
  private readonly path: string;

  constructor(dataDir: string) {
    this.path = join(dataDir, NAME);
  }

  /** Writes the list; removes the file of an empty one. */
  async write(list: readonly ListedFile[]): Promise<void> {
    const text = `${JSON.stringify(exportedList(list), null, 1)}\n`;
    if (list.length === 0) await rm(this.path, { force: true });
    else {
      const part = `${this.path}.${process.pid}`;
      await writeFile(part, text, { mode: 0o600 });
      await rename(part, this.path);
    }
  }

  /** The list; empty when there is none. @throws Error when it can't be read */
  async read(): Promise<ListedFile[]> {
    try {
      return readList(await readFile(this.path, 'utf8'));
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return [];
      throw error;
    }
  }
}
