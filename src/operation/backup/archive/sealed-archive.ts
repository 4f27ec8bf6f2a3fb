import { scrypt, type ScryptOptions } from 'node:crypto';
import { Readable, Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import * as z from 'zod';
import { loadSodium, type Sodium } from '../../../protocol/crypto/sodium.js';
import { BackupError } from './backup-error.js';

/**
 * A sealed archive: the line {@link MAGIC}, a line of JSON that says how its key follows from the passphrase (scrypt), and
 * the archive in pieces. Each piece is encrypted by XChaCha20-Poly1305; its nonce has 15 bytes at random, one byte that is
 * 1 for the last piece and 0 for any other, and the piece's number in 8. So a piece that is missing, doubled, moved or left
 * out at the end does not open.
 */
const MAGIC = 'plaza sealed backup 1\n';
const LONGEST_LINE = 1_000;
/** Bytes of a piece before it is sealed. */
const PIECE = 256 * 1024;
const TAG = 16;
const SEALED_PIECE = PIECE + TAG;
const NONCE_START = 15;

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** Work for a key: a third of a second, and 32 MiB of memory, which a small server has. */
const WORK = { N: 2 ** 15, r: 8, p: 3 } as const;

/** Bounds on what an archive may have a restore work. */
const lineSchema = z.object({
  salt: z.string().regex(/^[0-9a-f]{32}$/),
  nonce: z.string().regex(/^[0-9a-f]{30}$/),
  N: z
    .int()
    .min(2)
    .max(2 ** 20),
  r: z.int().min(1).max(16),
  p: z.int().min(1).max(16),
});

type SealingLine = z.output<typeof lineSchema>;

async function keyOf(passphrase: string, { salt, N, r, p }: SealingLine): Promise<Buffer> {
  const maxmem = 256 * N * r;
  return derive(passphrase.normalize('NFC'), Buffer.from(salt, 'hex'), 32, { N, r, p, maxmem });
}

/** Cuts what passes into pieces of one size, of which the last one is known as such. */
abstract class PieceStream extends Transform {
  private pending: Buffer[] = [];
  private bytes = 0;

  constructor(private readonly size: number) {
    super();
  }

  protected abstract piece(bytes: Buffer, isLast: boolean): void;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.pending.push(chunk);
    this.bytes += chunk.length;
    this.attempt(done, () => {
      if (this.bytes <= this.size) return;
      const all = Buffer.concat(this.pending);
      let start = 0;
      // One byte at least is left for the last piece.
      for (; all.length - start > this.size; start += this.size) {
        this.piece(all.subarray(start, start + this.size), false);
      }
      this.pending = [all.subarray(start)];
      this.bytes = all.length - start;
    });
  }

  override _flush(done: TransformCallback): void {
    this.attempt(done, () => {
      this.piece(Buffer.concat(this.pending), true);
    });
  }

  private attempt(done: TransformCallback, work: () => void): void {
    try {
      work();
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  }
}

class Nonces {
  private next = 0n;

  constructor(private readonly start: Buffer) {}

  take(isLast: boolean): Buffer {
    const end = Buffer.alloc(9);
    end.writeUInt8(isLast ? 1 : 0);
    end.writeBigUInt64BE(this.next++, 1);
    return Buffer.concat([this.start, end]);
  }
}

/** Seals what is written to it. */
export class Sealing extends PieceStream {
  private constructor(
    private readonly sodium: Sodium,
    private readonly key: Buffer,
    private readonly nonces: Nonces,
  ) {
    super(PIECE);
  }

  static async open(passphrase: string): Promise<Sealing> {
    const sodium = await loadSodium();
    const start = sodium.randomBytes(NONCE_START);
    const line: SealingLine = {
      salt: sodium.randomBytes(16).toString('hex'),
      nonce: start.toString('hex'),
      ...WORK,
    };
    const sealing = new Sealing(sodium, await keyOf(passphrase, line), new Nonces(start));
    sealing.push(`${MAGIC}${JSON.stringify(line)}\n`);
    return sealing;
  }

  protected override piece(bytes: Buffer, isLast: boolean): void {
    this.push(this.sodium.xchacha20Encrypt(bytes, this.nonces.take(isLast), this.key));
  }
}

class Unsealing extends PieceStream {
  constructor(
    private readonly sodium: Sodium,
    private readonly key: Buffer,
    private readonly nonces: Nonces,
  ) {
    super(SEALED_PIECE);
  }

  private isFirst = true;

  protected override piece(bytes: Buffer, isLast: boolean): void {
    const opened = this.sodium.xchacha20Decrypt(bytes, this.nonces.take(isLast), this.key);
    if (!opened) {
      throw new BackupError(
        this.isFirst
          ? 'the passphrase is not the one of this backup, or the backup is damaged'
          : 'the sealed backup is damaged or was cut short',
      );
    }
    this.isFirst = false;
    this.push(opened);
  }
}

/** Whether an archive is sealed, by its first bytes. */
export function isSealed(start: Buffer): boolean {
  return start.subarray(0, MAGIC.length).equals(Buffer.from(MAGIC));
}

/**
 * Opens a sealed archive.
 * @param passphrase asked for only when the archive is sealed
 * @returns the bytes of the archive, sealed or not
 * @throws BackupError from the iteration, for another passphrase and for a damaged archive
 */
export async function* unsealed(
  bytes: AsyncIterable<Buffer>,
  passphrase: () => Promise<string>,
): AsyncGenerator<Buffer> {
  const reader = bytes[Symbol.asyncIterator]();
  try {
    let start = Buffer.alloc(0);
    const more = async (): Promise<boolean> => {
      const next = await reader.next();
      if (next.done !== true) start = Buffer.concat([start, next.value]);
      return next.done !== true;
    };
    while (start.length < MAGIC.length && (await more()));
    if (!isSealed(start)) {
      if (start.length > 0) yield start;
      yield* rest(reader);
      return;
    }
    while (lineEnd(start) < 0 && start.length < LONGEST_LINE && (await more()));
    const end = lineEnd(start);
    if (end < 0) throw new BackupError('the sealed backup is damaged or was cut short');
    const line = lineIn(start.subarray(MAGIC.length, end));
    const key = await keyOf(await passphrase(), line);
    const opening = new Unsealing(await loadSodium(), key, new Nonces(Buffer.from(line.nonce, 'hex')));
    yield* through(opening, start.subarray(end + 1), rest(reader));
  } finally {
    await reader.return?.();
  }
}

function lineEnd(start: Buffer): number {
  return start.indexOf('\n', MAGIC.length);
}

function lineIn(text: Buffer): SealingLine {
  try {
    return lineSchema.parse(JSON.parse(text.toString()));
  } catch {
    throw new BackupError('the sealed backup says nothing that can be understood about its key');
  }
}

async function* rest(reader: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  for (let next = await reader.next(); next.done !== true; next = await reader.next()) yield next.value;
}

/** Takes bytes through a stream, no faster than the result is read. */
async function* through(
  stream: Transform,
  first: Buffer,
  others: AsyncGenerator<Buffer>,
): AsyncGenerator<Buffer> {
  const all = async function* (): AsyncGenerator<Buffer> {
    if (first.length > 0) yield first;
    yield* others;
  };
  const passed = pipeline(Readable.from(all()), stream);
  // The iteration fails when this does.
  passed.catch(() => undefined);
  for await (const piece of stream as AsyncIterable<Buffer>) yield piece;
  await passed;
}
