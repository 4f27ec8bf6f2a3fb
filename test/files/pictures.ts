import sharp, { type Sharp } from 'sharp';

/** Pixels of the pictures of tests. */
export const WIDTH = 800;
export const HEIGHT = 600;

/** Numbers from 0 to 1 that follow from a seed. */
function numbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * A picture that follows from its number, as a PNG: some have few large shapes, some many, and each fourth is a page of text,
 * because pages look much like each other.
 */
export function picture(seed: number): Promise<Buffer> {
  const next = numbers(seed);
  const below = (most: number): number => Math.floor(next() * most);
  const svg = seed % 4 === 3 ? page(below) : shapes([6, 20, 60][seed % 4] ?? 6, next, below);
  const whole = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">${svg}</svg>`;
  return sharp(Buffer.from(whole)).png().toBuffer();
}

function page(below: (most: number) => number): string {
  const word = (): string =>
    Array.from({ length: 2 + below(9) }, () => String.fromCharCode(97 + below(26))).join('');
  const lines = Array.from({ length: 24 }, (_, line) => {
    const words = Array.from({ length: 4 + below(8) }, word).join(' ');
    return `<text x="40" y="${30 + line * 24}" font-size="18">${words}</text>`;
  });
  return `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>${lines.join('')}`;
}

function shapes(count: number, next: () => number, below: (most: number) => number): string {
  const colour = (): string => `rgb(${below(256)},${below(256)},${below(256)})`;
  const point = (): string => `${below(WIDTH)} ${below(HEIGHT)}`;
  const one = (): string => {
    const kind = below(3);
    if (kind === 0) {
      return `<circle cx="${below(WIDTH)}" cy="${below(HEIGHT)}" r="${10 + below(150)}" fill="${colour()}" opacity="${0.3 + next() * 0.7}"/>`;
    }
    if (kind === 1) {
      return `<rect x="${below(WIDTH)}" y="${below(HEIGHT)}" width="${20 + below(300)}" height="${20 + below(300)}" fill="${colour()}" transform="rotate(${below(90)} ${point()})"/>`;
    }
    return `<path d="M${point()} Q ${point()} ${point()} T ${point()}" stroke="${colour()}" stroke-width="${2 + below(30)}" fill="none"/>`;
  };
  const back = `<linearGradient id="g" x2="${next()}" y2="${next()}"><stop stop-color="${colour()}"/><stop offset="1" stop-color="${colour()}"/></linearGradient>`;
  const all = Array.from({ length: count }, one).join('');
  return `<defs>${back}</defs><rect width="${WIDTH}" height="${HEIGHT}" fill="url(#g)"/>${all}`;
}

/** Ways in which the same picture comes again, by their names. */
export const CHANGES: Readonly<Record<string, (original: Buffer) => Sharp>> = {
  'a JPEG of low quality': (original) => sharp(original).jpeg({ quality: 30 }),
  'a WebP': (original) => sharp(original).webp({ quality: 40 }),
  'half as large': (original) =>
    sharp(original)
      .resize(WIDTH / 2)
      .jpeg(),
  'a fifth as large': (original) =>
    sharp(original)
      .resize(WIDTH / 5)
      .jpeg({ quality: 60 }),
  'twice as large': (original) =>
    sharp(original)
      .resize(WIDTH * 2)
      .webp(),
  'drawn to a square': (original) => sharp(original).resize(500, 500, { fit: 'fill' }).jpeg(),
  'cropped by 4 pixels': (original) => cropped(original, 4).jpeg(),
  'cropped by 12 pixels': (original) => cropped(original, 12).jpeg({ quality: 70 }),
  'cropped, then scaled': (original) => cropped(original, 6).resize(500).webp({ quality: 60 }),
  brighter: (original) => sharp(original).modulate({ brightness: 1.1 }).jpeg(),
  'without colours': (original) => sharp(original).greyscale().jpeg(),
};

function cropped(original: Buffer, by: number): Sharp {
  return sharp(original).extract({ left: by, top: by, width: WIDTH - 2 * by, height: HEIGHT - 2 * by });
}
