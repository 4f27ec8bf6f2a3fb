import { PIECE_MAX, rangeOf } from './byte-range.js';

it.each([
  [undefined, 10, undefined],
  ['', 10, undefined],
  ['bytes=-', 10, undefined],
  ['lines=1-2', 10, undefined],
  ['bytes=0-', 10, { first: 0, last: 9 }],
  ['bytes=3-5', 10, { first: 3, last: 5 }],
  ['bytes=3-500', 10, { first: 3, last: 9 }],
  ['bytes=3-5,8-9', 10, { first: 3, last: 5 }],
  ['bytes=-4', 10, { first: 6, last: 9 }],
  ['bytes=-400', 10, { first: 0, last: 9 }],
  ['bytes=10-', 10, 'beyond'],
  ['bytes=5-3', 10, 'beyond'],
  ['bytes=-0', 10, 'beyond'],
  ['bytes=0-', 0, 'beyond'],
  ['bytes=0-', 5 * PIECE_MAX, { first: 0, last: PIECE_MAX - 1 }],
  [`bytes=${PIECE_MAX}-`, 5 * PIECE_MAX, { first: PIECE_MAX, last: 2 * PIECE_MAX - 1 }],
])('%j of %d bytes is %j', (header, size, range) => {
  expect(rangeOf(header, size)).toEqual(range);
});
