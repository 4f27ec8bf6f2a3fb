import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { fileTrouble } from '../../../foundation/file-trouble.js';
import { BackupError } from './backup-error.js';
import { unsealed } from './sealed-archive.js';

/** Where the bytes of an archive come from; it may be read more than once. */
export interface ArchiveSource {
  /** For messages. */
  readonly name: string;
  /**
   * Bytes that are kept of it, for progress.
   * @throws BackupError when it can't be read
   */
  size(): Promise<number>;
  /** The bytes of the archive from its start, opened if they are sealed. */
  bytes(): AsyncIterable<Buffer>;
}

/** Gives the passphrase of a sealed archive; is asked for those alone. */
export type AskPassphrase = () => Promise<string>;

/** An archive in a file, sealed or not. */
export function archiveInFile(file: string, passphrase: AskPassphrase): ArchiveSource {
  return {
    name: file,
    size: async () => {
      const found = await stat(file).catch((error: unknown) => {
        throw new BackupError(`The backup can't be read: ${fileTrouble(error)}`);
      });
      // A pipe or a device may have no end, or no beginning.
      if (!found.isFile())
        throw new BackupError(`${file} is no whole backup of Plaza: it is no regular file`);
      return found.size;
    },
    bytes: () => unsealed(createReadStream(file) as AsyncIterable<Buffer>, passphrase),
  };
}
