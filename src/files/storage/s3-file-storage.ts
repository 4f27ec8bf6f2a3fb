import { rm, writeFile } from 'node:fs/promises';
import { type Readable } from 'node:stream';
import { type Clock } from '../../foundation/clock.js';
import { errorLine } from '../../foundation/error-line.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { StorageUnavailableError } from '../../foundation/errors/storage-unavailable-error.js';
import { type SpooledUpload } from '../../protocol/requests/inner-request.js';
import { readWhole, type StoredBytes } from '../../protocol/requests/reply.js';
import {
  assertStorageKey,
  FileStorage,
  type MissingKeys,
  newStorageKey,
  STORAGE_KEY,
} from './file-storage.js';
import { type IncomingFolder } from './incoming-folder.js';
import { bodyOfBytes, bodyOfFile } from './s3/s3-body.js';
import { S3Bytes } from './s3/s3-bytes.js';
import { type S3Body, type S3Client } from './s3/s3-client.js';
import { isFull, isMissing, S3Refusal } from './s3/s3-error.js';
import { type StoreWatch } from './s3/store-watch.js';

/** Name of the object that holds the public key of the community whose files lie beside it. */
const OWNER = 'community';
/** Bytes of what a command stores; more goes by way of the disk, which may be the full one that files are moved from. */
const LARGEST_IN_MEMORY = 8 * 1024 * 1024;
/** Requests for one object each that are under way at a time, of one job. */
const PARALLEL = 16;

/** The things that an {@link S3FileStorage} works with. */
export interface S3StorageParts {
  readonly client: S3Client;
  /** For messages: the bucket and where it is. */
  readonly name: string;
  /** Begin of the keys of all objects. */
  readonly prefix: string;
  readonly clock: Clock;
  readonly incoming: IncomingFolder;
  /** Commands have none: they wait for the store every time. */
  readonly watch?: StoreWatch | undefined;
}

/**
 * Files as objects of an S3-compatible store, each written by one request: the store takes 5 GB that way, five times the
 * largest upload.
 */
export class S3FileStorage extends FileStorage {
  constructor(private readonly parts: S3StorageParts) {
    super();
  }

  override async check(publicKey: string): Promise<void> {
    const { client, prefix, name } = this.parts;
    try {
      await this.ask(() => client.list(prefix, '', 1));
      const owner = await this.ask(() => readText(client, prefix + OWNER)).catch(undefinedIfMissing);
      if (owner === undefined) await this.put(prefix + OWNER, await bodyOfBytes(Buffer.from(publicKey)));
      else if (owner !== publicKey)
        throw new Error(`it has the files of another community under ${prefix}: set S3_PREFIX`);
    } catch (error) {
      if (error instanceof StorageUnavailableError && !isForGood(error.cause)) throw error;
      const reason = error instanceof StorageUnavailableError ? error.cause : error;
      throw new Error(`The object store can't be used, ${name}: ${errorLine(reason)}`, { cause: error });
    }
  }

  override async keep(content: Buffer | SpooledUpload): Promise<string> {
    const key = newStorageKey();
    if (Buffer.isBuffer(content)) await this.put(this.nameOf(key), await bodyOfBytes(content));
    else await this.putFile(key, content.path);
    return key;
  }

  override async keepAs(key: string, content: Readable): Promise<void> {
    const pieces = content[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
    const start: Buffer[] = [];
    let size = 0;
    for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
      start.push(next.value);
      size += next.value.length;
      if (size > LARGEST_IN_MEMORY) {
        const path = await this.parts.incoming.write((file) => writeFile(file, joined(start, pieces)));
        await this.putFile(key, path);
        return;
      }
    }
    await this.put(this.nameOf(key), await bodyOfBytes(Buffer.concat(start)));
  }

  override async open(key: string): Promise<StoredBytes | undefined> {
    const answer = await this.ask(() => this.parts.client.get(this.nameOf(key))).catch(undefinedIfMissing);
    return answer && new S3Bytes(answer);
  }

  /**
   * Reads the part of the listing that the keys span. Listings of some stores come late, so what is not in there is asked
   * for by itself.
   */
  override async findMissing(keys: readonly string[]): Promise<MissingKeys> {
    const sorted = [...keys].sort();
    const [first, last] = [sorted.at(0), sorted.at(-1)];
    if (first === undefined || last === undefined) return { keys: [], of: 0 };
    const listed = new Set<string>();
    for await (const { key } of this.listed(before(first))) {
      if (key > last) break;
      listed.add(key);
    }
    const missing: string[] = [];
    await inParallel(
      sorted.filter((key) => !listed.has(key)),
      async (key) => {
        const size = await this.ask(() => this.parts.client.size(this.nameOf(key))).catch(undefinedIfMissing);
        if (size === undefined) missing.push(key);
      },
    );
    return { keys: missing, of: keys.length };
  }

  override async remove(keys: readonly string[]): Promise<void> {
    // Not every store has the request that removes many at once, or agrees on its checksum.
    await inParallel(keys, (key) => this.ask(() => this.parts.client.delete(this.nameOf(key))));
  }

  override async *keysOlderThan(seconds: number): AsyncGenerator<string> {
    const moment = this.parts.clock.milliseconds() - seconds * 1000;
    for await (const { key, modifiedAt } of this.listed('')) if (modifiedAt <= moment) yield key;
  }

  /** Goes through our keys in their order, from the first one after `after`. */
  private async *listed(after: string): AsyncGenerator<{ key: string; modifiedAt: number }> {
    const { client, prefix } = this.parts;
    let start = prefix + after;
    for (;;) {
      const { objects, isLast } = await this.ask(() => client.list(prefix, start));
      for (const { key: name, modifiedAt } of objects) {
        const key = name.slice(prefix.length);
        if (STORAGE_KEY.test(key)) yield { key, modifiedAt };
        start = name;
      }
      if (isLast || objects.length === 0) return;
    }
  }

  private async putFile(key: string, path: string): Promise<void> {
    try {
      await this.put(this.nameOf(key), await bodyOfFile(path));
    } finally {
      await rm(path, { force: true });
    }
  }

  /** Writes an object and makes sure of it before anybody relies on it. */
  private async put(name: string, body: S3Body): Promise<void> {
    const { client } = this.parts;
    await this.ask(async () => {
      const tag = await client.put(name, body);
      // The tag of most stores is the MD5 of what they have. Encryption in the store makes it another.
      if (
        tag === body.md5.toString('hex') ||
        (await client.size(name).catch(undefinedIfMissing)) === body.size
      )
        return;
      await client.delete(name);
      throw new Error('the store has not kept what it was sent');
    });
  }

  /** Does requests, and gives their failures the forms that the server knows; that of a missing object stays as it is. */
  private async ask<T>(work: () => Promise<T>): Promise<T> {
    const { watch, name } = this.parts;
    watch?.assertAnswers();
    try {
      const result = await work();
      watch?.succeeded();
      return result;
    } catch (error) {
      if (isMissing(error)) watch?.succeeded();
      else watch?.failed(error);
      if (isMissing(error)) throw error;
      if (isFull(error)) throw new ProtocolError('storage_full');
      throw new StorageUnavailableError(`The object store fails, ${name}: ${errorLine(error)}`, {
        cause: error,
      });
    }
  }

  private nameOf(key: string): string {
    assertStorageKey(key);
    return this.parts.prefix + key;
  }
}

/** Turns the failure to find an object into undefined. */
function undefinedIfMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}

/** A wrong key, region or bucket, which no patience mends. */
function isForGood(cause: unknown): boolean {
  return cause instanceof S3Refusal && cause.status < 500 && cause.status !== 429;
}

async function readText(client: S3Client, name: string): Promise<string> {
  return (await readWhole(new S3Bytes(await client.get(name)))).toString();
}

/** Bytes that were read, which are let go, and then the rest. */
async function* joined(start: Buffer[], rest: AsyncIterator<Buffer, undefined>): AsyncGenerator<Buffer> {
  for (let piece = start.shift(); piece; piece = start.shift()) yield piece;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

/** The text right before a key in the order of a listing. */
function before(key: string): string {
  return key.slice(0, -1) + String.fromCharCode(key.charCodeAt(key.length - 1) - 1);
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const worker = async (): Promise<void> => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}
