import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { isSealed, Sealing, unsealed } from './sealed-archive.js';

const PIECE = 256 * 1024;

async function seal(content: Buffer, passphrase: string): Promise<Buffer> {
  const sealing = await Sealing.open(passphrase);
  const [sealed] = await Promise.all([buffer(sealing), pipeline(Readable.from(chunks(content)), sealing)]);
  return sealed;
}

/** Chunks of uneven sizes. */
function* chunks(bytes: Buffer): Generator<Buffer> {
  for (let start = 0, size = 1; start < bytes.length; start += size, size = (size * 7) % 200_003) {
    yield bytes.subarray(start, start + size);
  }
}

async function open(sealed: Buffer, passphrase: string): Promise<Buffer> {
  const opened: Buffer[] = [];
  const source = Readable.from(chunks(sealed)) as AsyncIterable<Buffer>;
  for await (const piece of unsealed(source, () => Promise.resolve(passphrase))) opened.push(piece);
  return Buffer.concat(opened);
}

it.each([0, PIECE, PIECE + 1, 3 * PIECE + 17])(
  'an archive of %i bytes is opened as it was sealed',
  async (size) => {
    const content = randomBytes(size);
    const sealed = await seal(content, 'correct horse');
    expect(isSealed(sealed)).toBe(true);
    expect((await open(sealed, 'correct horse')).equals(content)).toBe(true);
  },
);

it('a sealed archive does not open with another passphrase', async () => {
  const sealed = await seal(randomBytes(1_000), 'correct horse');
  await expect(open(sealed, 'battery staple')).rejects.toThrow('the passphrase is not the one');
});

it('a sealed archive is refused when a part of it is cut off, left out, swapped or changed', async () => {
  const sealed = await seal(randomBytes(3 * PIECE + 5), 'x');
  const start = sealed.indexOf('\n', 30) + 1;
  const size = PIECE + 16;
  const piece = (index: number): Buffer => sealed.subarray(start + index * size, start + (index + 1) * size);
  const head = sealed.subarray(0, start);
  const changed = Buffer.from(sealed);
  changed[start + size + 3] = (changed[start + size + 3] ?? 0) ^ 1;
  for (const damaged of [
    sealed.subarray(0, -1),
    sealed.subarray(0, start + 2 * size),
    Buffer.concat([head, piece(0), piece(2), piece(3)]),
    Buffer.concat([head, piece(0), piece(2), piece(1), piece(3)]),
    Buffer.concat([sealed, piece(3)]),
    changed,
  ]) {
    await expect(open(damaged, 'x')).rejects.toThrow(/damaged/);
  }
  await expect(open(sealed.subarray(0, 60), 'x')).rejects.toThrow('damaged or was cut short');
});

it('a sealed archive is refused when its key would take more work than a bound', async () => {
  const sealed = await seal(Buffer.from('x'), 'x');
  const greedy = Buffer.from(sealed.toString('latin1').replace(/"N":\d+/, '"N":1073741824'), 'latin1');
  await expect(open(greedy, 'x')).rejects.toThrow('nothing that can be understood');
});

it('an archive that is not sealed is read without a passphrase', async () => {
  const plain = randomBytes(5_000);
  const pieces: Buffer[] = [];
  const source = Readable.from(chunks(plain)) as AsyncIterable<Buffer>;
  const never = (): Promise<string> => Promise.reject(new Error('it was asked for'));
  for await (const piece of unsealed(source, never)) pieces.push(piece);
  expect(Buffer.concat(pieces).equals(plain)).toBe(true);
});
