import { type Transform, Writable } from 'node:stream';
import * as z from 'zod';
import { buffer } from 'node:stream/consumers';
import { bodyOfBytes } from '../../../files/storage/s3/s3-body.js';
import { type S3Client } from '../../../files/storage/s3/s3-client.js';
import { errorLine } from '../../../foundation/error-line.js';
import { type ArchiveSource, type AskPassphrase } from '../archive/archive-source.js';
import { type FillArchive, packArchive } from '../archive/archive-writer.js';
import { BackupError } from '../archive/backup-error.js';
import { unsealed } from '../archive/sealed-archive.js';
import { type BackupPlace, parseBackupName, type StoredBackup } from './backup-place.js';

/** Bytes of an object: as much is in memory at a time, and nothing on the disk. */
const PART = 8 * 1024 * 1024;
/** The object that is written last: without it a backup is none. */
const COMPLETE = 'complete';

const completeSchema = z.object({ parts: z.int().nonnegative(), bytes: z.int().nonnegative() });

/**
 * Keys in a bucket that begin with a prefix. A backup is a row of objects, `NAME/00000001` and so on, because stores limit the
 * size of one, and want to know it beforehand.
 */
export class S3Place implements BackupPlace {
  readonly name: string;

  /** @param publicKeyHex of the community */
  constructor(
    private readonly client: S3Client,
    bucket: string,
    private readonly prefix: string,
    private readonly publicKeyHex: string,
  ) {
    this.name = `${prefix} in the bucket ${bucket}`;
  }

  async list(): Promise<StoredBackup[]> {
    const found: StoredBackup[] = [];
    for (const [name, objects] of await this.objects()) {
      const parsed = parseBackupName(name, this.publicKeyHex);
      if (!parsed || !objects.includes(COMPLETE)) continue;
      const { bytes } = await this.complete(name);
      found.push({ name, ...parsed, bytes });
    }
    return found.sort((a, b) => a.madeAt - b.madeAt);
  }

  async clear(): Promise<void> {
    for (const [name, objects] of await this.objects()) {
      const isOurs = parseBackupName(name, this.publicKeyHex) !== undefined;
      if (isOurs && !objects.includes(COMPLETE)) await this.removeObjects(name, objects);
    }
  }

  async write(
    name: string,
    fill: FillArchive,
    through: readonly Transform[],
    stopping: AbortSignal,
  ): Promise<void> {
    const parts = new Parts((number, bytes) => this.put(`${name}/${partName(number)}`, bytes));
    try {
      await packArchive(fill, [...through, parts], stopping);
      const complete = { parts: parts.count, bytes: parts.bytes };
      await this.put(`${name}/${COMPLETE}`, Buffer.from(JSON.stringify(complete)));
    } catch (error) {
      const objects = (await this.objects().catch(() => new Map<string, string[]>())).get(name) ?? [];
      await this.removeObjects(name, objects).catch(() => undefined);
      throw error;
    }
  }

  read(name: string, passphrase: AskPassphrase): ArchiveSource {
    return {
      name,
      size: async () => (await this.complete(name)).bytes,
      bytes: () => unsealed(this.raw(name), passphrase),
    };
  }

  async *raw(name: string): AsyncGenerator<Buffer> {
    const { parts } = await this.complete(name);
    for (let number = 1; number <= parts; number++) {
      yield await this.get(`${name}/${partName(number)}`);
    }
  }

  async remove(name: string): Promise<void> {
    await this.removeObjects(name, (await this.objects()).get(name) ?? []);
  }

  freeBytes(): Promise<number> {
    return Promise.resolve(Infinity);
  }

  /** The object that makes a backup whole goes first. */
  private async removeObjects(name: string, objects: readonly string[]): Promise<void> {
    const ordered = [...objects].sort((a, b) => Number(b === COMPLETE) - Number(a === COMPLETE));
    for (const object of ordered) await this.tried(() => this.client.delete(this.keyOf(`${name}/${object}`)));
  }

  /** Names of the objects of each backup, by its name. */
  private async objects(): Promise<Map<string, string[]>> {
    const found = new Map<string, string[]>();
    for (let after = '', isLast = false; !isLast;) {
      const page = await this.tried(() => this.client.list(this.prefix, after));
      isLast = page.isLast || page.objects.length === 0;
      for (const { key } of page.objects) {
        after = key;
        const [name = '', object] = key.slice(this.prefix.length).split('/');
        if (object !== undefined) found.set(name, [...(found.get(name) ?? []), object]);
      }
    }
    return found;
  }

  private async complete(name: string): Promise<z.output<typeof completeSchema>> {
    const text = await this.get(`${name}/${COMPLETE}`);
    const result = completeSchema.safeParse(JSON.parse(text.toString()));
    if (result.success) return result.data;
    throw new BackupError(`${name} in the store is no whole backup`);
  }

  private async put(path: string, bytes: Buffer): Promise<void> {
    const body = await bodyOfBytes(bytes);
    await this.tried(() => this.client.put(this.keyOf(path), body));
  }

  private get(path: string): Promise<Buffer> {
    return this.tried(async () => buffer(await this.client.get(this.keyOf(path))));
  }

  private keyOf(path: string): string {
    return this.prefix + path;
  }

  private async tried<T>(work: () => Promise<T>): Promise<T> {
    return work().catch((error: unknown) => {
      throw new BackupError(`The store fails, ${this.name}: ${errorLine(error)}`, { cause: error });
    });
  }
}

function partName(number: number): string {
  return String(number).padStart(8, '0');
}

/** Cuts what is written into parts, and has each put before the next one is taken. */
class Parts extends Writable {
  count = 0;
  bytes = 0;
  private pending: Buffer[] = [];
  private pendingBytes = 0;

  constructor(private readonly put: (number: number, bytes: Buffer) => Promise<void>) {
    super();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.pending.push(chunk);
    this.pendingBytes += chunk.length;
    if (this.pendingBytes < PART) done();
    else this.flush(done);
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.pendingBytes === 0) done();
    else this.flush(done);
  }

  private flush(done: (error?: Error | null) => void): void {
    const part = Buffer.concat(this.pending);
    this.pending = [];
    this.pendingBytes = 0;
    this.bytes += part.length;
    this.put(++this.count, part).then(
      () => {
        done();
      },
      (error: unknown) => {
        done(error as Error);
      },
    );
  }
}
