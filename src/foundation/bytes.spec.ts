import { bytesOf, bytesText } from './bytes.js';

describe('a size', () => {
  it.each([
    ['0', 0],
    ['1000000', 1_000_000],
    ['12 b', 12],
    ['500MB', 500_000_000],
    ['1.5 gb', 1_500_000_000],
    ['2T', 2_000_000_000_000],
    ['10k', 10_000],
  ])('%s is %d bytes', (text, bytes) => {
    expect(bytesOf(text)).toBe(bytes);
  });

  it.each(['', '-1', '1e9', '1.2345 GB', 'much', 'GB', '99999999999999 TB', '1 MiB'])(
    'is not read from %p',
    (text) => {
      expect(bytesOf(text)).toBeUndefined();
    },
  );

  it.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1_000, '1 KB'],
    [1_549_999, '1.5 MB'],
    [200_000_000, '200 MB'],
    [3_210_000_000_000, '3.2 TB'],
  ])('of %d bytes is written %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });
});
