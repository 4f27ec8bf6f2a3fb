import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { type Entry, extract as extractTar } from 'tar-stream';
import { type z } from 'zod';
import { errorLine } from '../../../foundation/error-line.js';
import { fileTrouble } from '../../../foundation/file-trouble.js';
import { MANIFEST_NAME } from './archive-format.js';
import { BackupError } from './backup-error.js';
import { MeasuredStream, passOn } from '../../checksums.js';
import { EntryLedger } from './entry-ledger.js';
import { type ArchiveSource } from './archive-source.js';
import { TarGuard } from './tar-guard.js';

/**
 * Bytes of one piece of rows, or of one of the small files at both ends: no more is ever held in memory at once. A piece
 * has 4 MiB and the rest of its last row, and no row has so much.
 */
const LARGEST_IN_MEMORY = 48 * 1024 * 1024;

/** One entry of an archive, to be read before the next. */
export interface ArchiveEntry {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** All its bytes. */
  bytes(): Promise<Buffer>;
  /** Hands its bytes to `take`, which must read them to the end. */
  stream(take: (content: Readable) => Promise<void>): Promise<void>;
}

/**
 * Reads an archive from its start to its end, once.
 * @throws BackupError when it is none, or is cut short
 */
export class ArchiveReader {
  private readonly ledger = new EntryLedger();

  constructor(private readonly source: ArchiveSource) {}

  /** Bytes of the whole archive, sealed ones if it is sealed. */
  size(): Promise<number> {
    return this.source.size();
  }

  async *entries(): AsyncGenerator<ArchiveEntry, void> {
    await this.source.size();
    const guard = new TarGuard();
    const tar = extractTar();
    // tar-stream tells its reader only that it was cut short.
    let refused: unknown;
    guard.once('error', (error) => (refused = error));
    let unreadable: unknown;
    const bytes = noting(this.source.bytes(), (error) => (unreadable = error));
    const read = pipeline(Readable.from(bytes), guard, tar);
    // The iteration itself fails when this does.
    read.catch(() => undefined);
    try {
      for await (const entry of tar) yield this.open(entry);
      await read;
    } catch (error) {
      if (unreadable !== undefined) throw this.explained(unreadable);
      throw refused instanceof BackupError ? this.broken(refused.message) : this.explained(error);
    }
  }

  /** The checksum of every entry read so far, which is what the last one must say. */
  seal(): string {
    return this.ledger.close();
  }

  /** A small JSON file in the archive. */
  async json<T extends z.ZodType>(entry: ArchiveEntry, schema: T): Promise<z.output<T>> {
    try {
      return schema.parse(JSON.parse((await entry.bytes()).toString()));
    } catch (error) {
      if (error instanceof BackupError) throw error;
      throw this.broken(`its ${entry.name} can't be understood`);
    }
  }

  broken(reason: string): BackupError {
    return new BackupError(`${this.source.name} is no whole backup of Plaza: ${reason}`);
  }

  /** Translates an error of reading into a fault of the archive; gives any other error as it is. */
  private explained(error: unknown): unknown {
    if (!isReadError(error)) return error;
    return 'syscall' in error
      ? new BackupError(`The backup can't be read: ${fileTrouble(error)}`)
      : this.broken(errorLine(error));
  }

  private open(entry: Entry): ArchiveEntry {
    const { name, size = 0 } = entry.header;
    const measured = new MeasuredStream();
    const read = async <T>(take: (content: Readable) => Promise<T>): Promise<T> => {
      const taken = await passOn(entry, measured, take).catch((error: unknown) => {
        throw this.explained(error);
      });
      if (name !== MANIFEST_NAME) this.ledger.add(name, measured.size, measured.checksum());
      return taken;
    };
    return {
      name,
      size,
      bytes: async () => {
        if (size > LARGEST_IN_MEMORY) throw this.broken(`its ${name} is too large`);
        return await read(buffer);
      },
      stream: read,
    };
  }
}

/** Passes bytes on, and tells of the error that ends them: a stream tells its readers of another one. */
async function* noting(bytes: AsyncIterable<Buffer>, tell: (error: unknown) => void): AsyncGenerator<Buffer> {
  try {
    yield* bytes;
  } catch (error) {
    tell(error);
    throw error;
  }
}

/** Recognizes errors of tar-stream and the file system about a bad archive, unlike those of PostgreSQL or a storage. */
function isReadError(error: unknown): error is Error {
  if (!(error instanceof Error) || error instanceof BackupError) return false;
  return /tar header|Unexpected end of data/i.test(error.message) || ('syscall' in error && 'path' in error);
}
