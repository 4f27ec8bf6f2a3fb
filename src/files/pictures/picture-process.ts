/**
 * A process that decodes pictures, because a decoder that somebody's file has broken must not be the server's. It reads frames of a
 * length (4 bytes, big endian) and a file from standard input, and answers each by a line: the hash in hex, or `-` when
 * there is none.
 */
import { setPriority } from 'node:os';
import sharp from 'sharp';
import { perceptualHash, SIDE } from './perceptual-hash.js';

/** Pixels of the largest picture that is decoded; each takes some bytes of memory. */
const MOST_PIXELS = 25_000_000;
/** Seconds that one picture may take. */
const PATIENCE = 10;
/** Bytes of memory beyond which the process gives up, whatever a decoder still wants. */
const MOST_MEMORY = 300_000_000;
const LOOK_AT_MEMORY_EVERY_MS = 10;
const LEAST_PRIORITY = 19;
/** The formats that clients send. Others, such as SVG with all that it may refer to, are never opened. */
const DECODERS = ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif'].map((format) => `VipsForeignLoad${format}`);

setPriority(LEAST_PRIORITY);
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: DECODERS });
sharp.cache(false);
sharp.concurrency(1);
setInterval(() => {
  if (process.memoryUsage.rss() > MOST_MEMORY) process.exit(1);
}, LOOK_AT_MEMORY_EVERY_MS).unref();

async function hashOf(file: Buffer): Promise<Buffer | undefined> {
  try {
    const brightness = await sharp(file, {
      limitInputPixels: MOST_PIXELS,
      sequentialRead: true,
      // Clients show what there is of a picture that was cut short.
      failOn: 'none',
    })
      .timeout({ seconds: PATIENCE })
      .autoOrient()
      .flatten({ background: '#808080' })
      .greyscale()
      .resize(SIDE, SIDE, { fit: 'fill' })
      .raw()
      .toBuffer();
    return perceptualHash(brightness);
  } catch {
    // No picture, one that is too large, or a broken one.
    return undefined;
  }
}

async function* framesOf(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
  let size = 0;
  let wanted = 4;
  for await (const piece of input) {
    pieces.push(piece);
    size += piece.length;
    while (size >= wanted) {
      const joined = Buffer.concat(pieces, size);
      const end = 4 + joined.readUInt32BE();
      const isWhole = size >= end;
      if (isWhole) yield joined.subarray(4, end);
      pieces = [isWhole ? joined.subarray(end) : joined];
      if (isWhole) size -= end;
      wanted = isWhole ? 4 : end;
    }
  }
}

for await (const file of framesOf(process.stdin)) {
  const hash = await hashOf(file);
  process.stdout.write(`${hash?.toString('hex') ?? '-'}\n`);
}
