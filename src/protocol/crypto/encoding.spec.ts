import { SeededBytes } from '../../../test/support/seeded-bytes.js';
import { decodeBase32z, decodeBase64, decodeHex, decodeHexOrBase64 } from './encoding.js';

describe('base64', () => {
  test('decodes every length with and without padding', () => {
    const random = new SeededBytes('base64');
    for (let size = 0; size < 100; size += 1) {
      const bytes = random.bytes(size);
      const text = bytes.toString('base64');
      expect(decodeBase64(text)).toEqual(bytes);
      expect(decodeBase64(text.replace(/=+$/, ''))).toEqual(bytes);
    }
  });

  test.each([
    ['URL-safe letters', 'QUF-'],
    ['URL-safe letters', 'QU_B'],
    ['white space inside', 'QU FB'],
    ['white space that makes the length right', 'QUF '],
    ['a line end', 'QUFB\n'],
    ['padding inside', 'QQ==QUFB'],
    ['too much padding', 'QQ==='],
    ['too little padding', 'QQ='],
    ['padding that is not needed', 'QUFB='],
    ['padding that is not needed', 'QUFB=='],
    ['nothing but padding', '=='],
    ['nothing but padding', '===='],
    ['a single letter', 'Q'],
    ['a single letter after a group', 'QUFBQ'],
    ['a character whose low byte is a letter', 'QUF\u0141'],
    ['an emoji', 'QU🐟'],
    ['a zero character', 'QUF\0'],
  ])('refuses %s: %j', (_, text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });

  test('agrees with a plain reading of the alphabet on random text', () => {
    const random = new SeededBytes('base64 text');
    const letters = 'QUFB+/09az-_= \n\u0141é';
    for (let round = 0; round < 5000; round += 1) {
      const text = Array.from(random.bytes(random.below(10)), (byte) => letters[byte % letters.length]).join(
        '',
      );
      const padded = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text);
      const unpadded = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2,3})?$/.test(text);
      const expected = padded || unpadded ? Buffer.from(text, 'base64') : undefined;
      expect(decodeBase64(text)).toEqual(expected);
    }
  });
});

describe('hex', () => {
  test('decodes either case', () => {
    expect(decodeHex('00aBfF')).toEqual(Buffer.of(0x00, 0xab, 0xff));
    expect(decodeHex('')).toEqual(Buffer.alloc(0));
  });

  test.each(['0', '0g', '0x00', ' 00', '00 ', '\u0141\u0141', 'a\u0141', '００'])('refuses %j', (text) => {
    expect(decodeHex(text)).toBeUndefined();
  });
});

describe('hex or base64', () => {
  test.each([16, 32, 33, 64])('decodes %i bytes in either spelling', (size) => {
    const bytes = new SeededBytes('either').bytes(size);
    const base64 = bytes.toString('base64');
    for (const text of [
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
      base64,
      base64.replace(/=/g, ''),
    ]) {
      expect(decodeHexOrBase64(text, size)).toEqual(bytes);
    }
  });

  test('refuses another number of bytes, and hex of the right length with a wrong digit', () => {
    const text = Buffer.alloc(16, 1).toString('base64');
    expect(decodeHexOrBase64(text, 15)).toBeUndefined();
    expect(decodeHexOrBase64(text, 17)).toBeUndefined();
    expect(decodeHexOrBase64('', 16)).toBeUndefined();
    expect(decodeHexOrBase64('00'.repeat(15), 16)).toBeUndefined();
    expect(decodeHexOrBase64('00'.repeat(17), 16)).toBeUndefined();
    expect(decodeHexOrBase64(`${'00'.repeat(15)}0g`, 16)).toBeUndefined();
  });
});

describe('z-base-32', () => {
  test.each([
    ['', ''],
    ['yy', '00'],
    ['9h', 'ff'],
    ['6n9hq', 'f0bfc7'],
    ['4t7ye', 'd47a04'],
  ])('reads %j as %s', (text, expected) => {
    expect(decodeBase32z(text)?.toString('hex')).toBe(expected);
  });

  test.each(['y', 'yyy', 'yyyyyy', 'YY', 'yl', 'y0', 'y2', 'yv', 'y\u0179', 'y ', '🐟'])(
    'refuses %j',
    (text) => {
      expect(decodeBase32z(text)).toBeUndefined();
    },
  );
});
