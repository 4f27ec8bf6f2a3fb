import messageVectors from '../../../test/fixtures/vectors/messages.json' with { type: 'json' };
import { SeededBytes } from '../../../test/support/seeded-bytes.js';
import { pad, unpad } from './padding.js';

describe('message padding', () => {
  test.each(messageVectors.messages)('is removed from "$text" and added again', (message) => {
    const data = Buffer.from(message.data_base64, 'base64');
    const { content, paddedSize } = unpad(data);
    expect(paddedSize).toBe(data.length);
    expect(content.length).toBeLessThan(data.length);
    expect(data[content.length]).toBe(0x80);
    expect(pad(content, paddedSize)).toEqual(data);
  });

  test.each([
    ['nothing', '', ''],
    ['only the start of padding', '80', ''],
    ['only padding', '800000', ''],
    ['content and padding', '0102800000', '0102'],
    ['content and the start of padding', '010280', '0102'],
    ['content that looks padded itself', '0180008000', '018000'],
    ['content without padding', '0102', '0102'],
    ['content that ends in zeros', '01020000', '01020000'],
    ['only zeros', '000000', '000000'],
    ['padding followed by something', '01800001', '01800001'],
  ])('is read from %s', (_, data, content) => {
    const unpadded = unpad(Buffer.from(data, 'hex'));
    expect(unpadded.content.toString('hex')).toBe(content);
    expect(unpadded.paddedSize).toBe(data.length / 2);
    expect(pad(unpadded.content, unpadded.paddedSize).toString('hex')).toBe(data);
  });

  test('is removed again without changing the bytes, whatever they are', () => {
    const random = new SeededBytes('padding');
    for (let round = 0; round < 5000; round += 1) {
      const data = random.bytes(random.below(12)).map((byte) => [0x00, 0x80, 0x01, byte][byte % 4] ?? byte);
      const { content, paddedSize } = unpad(Buffer.from(data));
      expect(pad(content, paddedSize)).toEqual(Buffer.from(data));
    }
  });

  test('is refused to a size that is smaller than the content', () => {
    expect(() => pad(Buffer.alloc(3), 2)).toThrow(RangeError);
  });
});
