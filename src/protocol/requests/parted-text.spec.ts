import { Base64Stream } from './base64-stream.js';
import { PartedText, PIECE_BYTES } from './parted-text.js';
import { type StreamedBytes } from './reply.js';

const PARTS = [
  '[',
  'ä€🎂',
  Buffer.from('"ü"'),
  'x'.repeat(3 * PIECE_BYTES + 1),
  ...Array<string>(9000).fill('né,'),
  ']',
];
/** All pieces of a body. */
async function allOf(body: StreamedBytes): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  for await (const piece of body.pieces()) pieces.push(piece);
  return pieces;
}

const WHOLE = Buffer.concat(PARTS.map((part) => Buffer.from(part)));

it('a text in parts knows its size in bytes, and gives them in pieces of a bounded size', async () => {
  const text = new PartedText([...PARTS]);
  expect(text.size).toBe(WHOLE.length);
  const pieces = await allOf(text);
  expect(Buffer.concat(pieces).equals(WHOLE)).toBe(true);
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(4 * PIECE_BYTES);
});

it('a text in parts writes its bytes into one place', async () => {
  const target = Buffer.alloc(WHOLE.length);
  await new PartedText([...PARTS]).readInto(target);
  expect(target.equals(WHOLE)).toBe(true);
});

it.each([0, 1, 2, 3, 100_000])('%d bytes come as base64 in pieces as they come at once', async (size) => {
  const bytes = Buffer.alloc(size, 'Plaza');
  const base64 = new Base64Stream(new PartedText([bytes.subarray(0, 1), bytes.subarray(1)]));
  const written = Buffer.concat(await allOf(base64));
  expect(written.toString()).toBe(bytes.toString('base64'));
  expect(base64.size).toBe(written.length);
});
