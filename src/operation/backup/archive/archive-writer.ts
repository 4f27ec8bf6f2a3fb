import { open, rename, rm } from 'node:fs/promises';
import { type Readable, type Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack as packTar, type Pack } from 'tar-stream';
import { errorCode } from '../../../foundation/database/errors.js';
import { fileTrouble } from '../../../foundation/file-trouble.js';
import { BackupError } from './backup-error.js';
import { checksumOf, MeasuredStream } from '../../checksums.js';
import { EntryLedger } from './entry-ledger.js';

/** Only the owner may read an archive: it holds the server's key. */
const MODE = 0o600;

/** The end of the name of an archive that is being written. */
export const UNFINISHED = '.unfinished';

/** Adds all entries of an archive. */
export type FillArchive = (archive: ArchiveWriter) => Promise<void>;

/** Writes the entries of one archive, one after the other. */
export class ArchiveWriter {
  private readonly ledger = new EntryLedger();

  constructor(private readonly pack: Pack) {}

  async addBytes(name: string, bytes: Buffer): Promise<void> {
    this.ledger.add(name, bytes.length, checksumOf(bytes));
    await this.write(name, bytes);
  }

  /** Adds the last entry, which may tell the checksum of all before it. */
  async addLast(name: string, contentFor: (checksum: string) => Buffer): Promise<void> {
    await this.write(name, contentFor(this.ledger.close()));
  }

  /** Adds what a stream of known size has. */
  async addStream(name: string, size: number, content: Readable): Promise<void> {
    const measured = new MeasuredStream();
    await pipeline(content, measured, this.pack.entry({ name, size, mode: MODE }));
    this.ledger.add(name, measured.size, measured.checksum());
  }

  private async write(name: string, bytes: Buffer): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.pack.entry({ name, size: bytes.length, mode: MODE }, bytes, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }
}

/**
 * Writes an archive that appears under its name complete or not at all.
 * @param through changes its bytes, such as by sealing them
 * @throws BackupError when it can't be written
 */
export async function writeArchive(
  file: string,
  fill: FillArchive,
  { through = [], stopping }: { through?: readonly Transform[]; stopping?: AbortSignal } = {},
): Promise<void> {
  const unfinished = `${file}${UNFINISHED}`;
  const handle = await open(unfinished, 'wx', MODE).catch((error: unknown) => {
    if (errorCode(error) === 'EEXIST') {
      throw new BackupError(`${unfinished} is of a backup that still runs, or was killed: then remove it`);
    }
    throw new BackupError(`${unfinished} can't be made: ${fileTrouble(error)}`);
  });
  try {
    await packArchive(fill, [...through, handle.createWriteStream({ flush: true })], stopping);
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/**
 * Writes an archive into a stream, through others if there are any; nothing is written any more once this has ended.
 * @param streams the last of which takes the bytes; a stream that must not be ended is wrapped by its caller
 */
export async function packArchive(
  fill: FillArchive,
  streams: readonly Writable[],
  stopping?: AbortSignal,
): Promise<void> {
  const pack = packTar();
  const written = pipeline([pack, ...streams] as unknown as readonly NodeJS.ReadWriteStream[], {
    ...(stopping && { signal: stopping }),
  });
  try {
    const filled = fill(new ArchiveWriter(pack)).then(
      () => {
        pack.finalize();
      },
      (error: unknown) => {
        pack.destroy();
        throw error;
      },
    );
    await Promise.all([filled, written]);
  } catch (error) {
    await written.catch(() => undefined);
    throw error;
  }
}
