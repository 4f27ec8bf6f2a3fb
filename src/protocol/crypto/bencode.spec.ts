import { SeededBytes } from '../../../test/support/seeded-bytes.js';
import { BencodedReply, decodeBencodedStrings } from './bencode.js';

const decode = (text: string): (string | undefined)[] | undefined => {
  const strings = decodeBencodedStrings(Buffer.from(text));
  return strings && [strings.first.toString(), strings.second?.toString()];
};

describe('reading bencode', () => {
  test('reads one or two strings', () => {
    expect(decode('l2:{}e')).toEqual(['{}', undefined]);
    expect(decode('l2:{}4:abcde')).toEqual(['{}', 'abcd']);
    expect(decode('l2:{}0:e')).toEqual(['{}', '']);
    expect(decode('l0:e')).toEqual(['', undefined]);
    expect(decode('l12:eeeeeeeeeeee1:ee')).toEqual(['eeeeeeeeeeee', 'e']);
  });

  test('gives views of the plaintext, wherever it lies in memory', () => {
    const plaintext = Buffer.from('xxxl2:{}4:abcde').subarray(3);
    const strings = decodeBencodedStrings(plaintext);
    expect(strings?.second?.toString()).toBe('abcd');
    expect(strings?.first.buffer).toBe(plaintext.buffer);
  });

  test.each([
    ['nothing', ''],
    ['an empty list', 'le'],
    ['three strings', 'l1:a1:b1:ce'],
    ['no list', '2:{}'],
    ['a dictionary', 'd2:{}e'],
    ['a nested list', 'll2:{}ee'],
    ['an integer', 'li5ee'],
    ['a list without its end', 'l2:{}'],
    ['a second string without its end', 'l2:{}1:e'],
    ['bytes after the end', 'l2:{}ee'],
    ['a string beyond the end', 'l3:{}e'],
    ['a string that takes all the end', 'l9:{}e'],
    ['a huge length', 'l99999999999999999999999999:{}e'],
    ['an endless length', `l${'1'.repeat(100_000)}`],
    ['a length of 2^32 + 2', 'l4294967298:{}e'],
    ['no length', 'l:{}e'],
    ['a negative length', 'l-2:{}e'],
    ['a length with a sign', 'l+2:{}e'],
    ['a length with a leading zero', 'l02:{}e'],
    ['a length with white space', 'l 2:{}e'],
  ])('refuses %s', (_, text) => {
    expect(decode(text)).toBeUndefined();
  });

  test('reads random bytes without throwing', () => {
    const random = new SeededBytes('bencode');
    const letters = Buffer.from('lde:0123i-{}\0');
    let read = 0;
    for (let round = 0; round < 50_000; round += 1) {
      const tail = random.bytes(random.below(12)).map((byte) => letters[byte % letters.length] ?? byte);
      const data = Buffer.concat([Buffer.from('l'), tail]);
      const strings = decodeBencodedStrings(data);
      if (!strings) continue;
      read += 1;
      const parts = strings.second ? [strings.first, strings.second] : [strings.first];
      const written = parts.map((part) => `${part.length}:${part.toString('latin1')}`).join('');
      expect(data.toString('latin1')).toBe(`l${written}e`);
    }
    expect(read).toBeGreaterThan(0);
  });
});

/** A reply as it lies somewhere in larger memory, which it must leave as it was. */
function write(meta: string, body: Buffer): Buffer {
  const reply = new BencodedReply(meta, body.length);
  const memory = Buffer.alloc(reply.size + 6, '#');
  const target = memory.subarray(3, -3);
  const place = reply.writeAround(target);
  expect(place).toHaveLength(body.length);
  place.set(body);
  expect(memory.toString('latin1')).toMatch(/^###[^]*###$/);
  return target;
}

describe('writing bencode', () => {
  test('writes the meta and leaves room for the body', () => {
    expect(write('{"code":200}', Buffer.from('[]')).toString()).toBe('l12:{"code":200}2:[]e');
    expect(write('{}', Buffer.alloc(0)).toString()).toBe('l2:{}0:e');
  });

  test('counts bytes, not characters', () => {
    expect(write('{"name":"Рыба 🐟"}', Buffer.from('🐟')).toString()).toBe('l24:{"name":"Рыба 🐟"}4:🐟e');
  });

  test('is read back as it was written', () => {
    const random = new SeededBytes('bencode reply');
    for (const size of [0, 1, 9, 10, 99, 100, 70_000]) {
      const body = random.bytes(size);
      expect(decodeBencodedStrings(write('{"code":200}', body))).toEqual({
        first: Buffer.from('{"code":200}'),
        second: body,
      });
    }
  });
});
