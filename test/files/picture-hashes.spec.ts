import { readFile } from 'node:fs/promises';
import { deflateSync } from 'node:zlib';
import type * as hashes from '../../src/files/pictures/perceptual-hash.js';
import type * as hashing from '../../src/files/pictures/picture-hasher.js';
import { compiled } from '../support/compiled.js';
import sharp from 'sharp';
import { CHANGES, picture } from './pictures.js';

const { PictureHasher } = await compiled<typeof hashing>('files/pictures/picture-hasher.js');
const { MOST_BITS_APART, distanceOf } = await compiled<typeof hashes>('files/pictures/perceptual-hash.js');

const PICTURES = 12;

describe('the perceptual hash of a picture', () => {
  const hasher = new PictureHasher();
  let originals: Buffer[];
  let found: Buffer[];

  function hashOf(bytes: Buffer): Promise<Buffer | undefined> {
    return hasher.hashOf(bytes.length, () => Promise.resolve(bytes));
  }

  async function mustHash(bytes: Buffer): Promise<Buffer> {
    const hash = await hashOf(bytes);
    if (!hash) throw new Error('A picture of the tests has no hash');
    return hash;
  }

  beforeAll(async () => {
    originals = await Promise.all(Array.from({ length: PICTURES }, (_, seed) => picture(seed)));
    found = [];
    for (const original of originals) found.push(await mustHash(original));
  });

  afterAll(() => {
    hasher.close();
  });

  it.each(Object.entries(CHANGES))('stays the same when the picture comes as %s', async (_name, change) => {
    for (const [index, original] of originals.entries()) {
      const changed = await mustHash(await change(original).toBuffer());
      const distance = distanceOf(found[index] ?? changed, changed);
      expect(distance).toBeLessThanOrEqual(MOST_BITS_APART);
    }
  });

  it('differs for different pictures, pages of text among them', () => {
    const pairs = found.flatMap((one, index) =>
      found.slice(index + 1).map((other) => distanceOf(one, other)),
    );
    expect(Math.min(...pairs)).toBeGreaterThan(MOST_BITS_APART);
  });

  it('does not exist for a blank page, for files that are no picture, and for formats that may refer to something', async () => {
    const blank = await sharp({ create: { width: 500, height: 500, channels: 3, background: 'white' } })
      .png()
      .toBuffer();
    const svg = Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4"/></svg>',
    );
    for (const bytes of [
      blank,
      Buffer.alloc(0),
      Buffer.from('no picture'),
      svg,
      bombOf(200, 200).subarray(0, 60),
    ]) {
      expect(await hashOf(bytes)).toBeUndefined();
    }
  });

  it('is not made of a picture bomb, which takes bounded memory, and the next picture has one', async () => {
    const bomb = bombOf(30_000, 30_000);
    // 3.6 GB of pixels.
    expect(bomb.length).toBeLessThan(5_000_000);
    expect(await hashOf(bomb)).toBeUndefined();
    // As large as is looked at.
    await hashOf(await large('png'));
    await hashOf(await large('webp'));
    expect(await mustHash(originals[0] ?? Buffer.alloc(0))).toHaveLength(32);
    for (const pid of await decoders()) expect(await peakMemory(pid)).toBeLessThan(330_000_000);
  });

  it('is not made when decoding takes too long or ends the process, and the next picture has one', async () => {
    const [pid] = await decoders();
    const dying = hashOf(await large('webp'));
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
    expect(await dying).toBeUndefined();
    expect(await mustHash(originals[1] ?? Buffer.alloc(0))).toHaveLength(32);
  });
});

/** A picture of nearly as many pixels as are decoded at all. */
function large(format: 'png' | 'webp'): Promise<Buffer> {
  const create = { width: 5_000, height: 4_900, channels: 4, background: '#336699' } as const;
  const shape = Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg"><rect width="2000" height="3000"/></svg>',
  );
  const drawn = sharp({ create }).composite([{ input: shape }]);
  return drawn[format]({ effort: 1 }).toBuffer();
}

/** A PNG of so many black pixels. */
function bombOf(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  // Rows are deflated by stretches of zeros, so this takes little memory to make.
  const rows = Buffer.alloc(Math.min((width * 3 + 1) * height, 50_000_000));
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(name: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const named = Buffer.concat([Buffer.from(name), data]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crcOf(named));
  return Buffer.concat([length, named, sum]);
}

function crcOf(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** Process ids of the decoders of this process. */
async function decoders(): Promise<number[]> {
  const children = (await readFile(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')).trim();
  const pids = children === '' ? [] : children.split(' ').map(Number);
  const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8')));
  return pids.filter((_pid, index) => commands[index]?.includes('picture-process'));
}

/** The most memory that a process has held so far, in bytes. */
async function peakMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}
