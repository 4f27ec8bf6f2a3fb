import { copyField, copyFloatBits, copyLine } from './copy-format.js';

it.each([
  [null, '\\N'],
  [true, 't'],
  [false, 'f'],
  [1795298707.293206, '1795298707.293206'],
  ['plain “text” 🐟', 'plain “text” 🐟'],
  ['a\tb\nc\rd\\N\b\f\v', 'a\\tb\\nc\\rd\\\\N\\b\\f\\v'],
  [Buffer.from([0, 0x5c, 0xff]), '\\\\x005cff'],
  [Buffer.alloc(0), '\\\\x'],
])('the value %j is written as COPY does', (value, field) => {
  expect(copyField(value)).toBe(field);
});

it('floats that differ in one bit differ as text', () => {
  expect(copyFloatBits(0.1)).toBe('\\\\x3fb999999999999a');
  expect(copyFloatBits(0.1 + Number.EPSILON / 8)).not.toBe(copyFloatBits(0.1));
});

it('a row joins its fields by tabs, and ends the line', () => {
  expect(copyLine(['1', 'a', '\\N'])).toBe('1\ta\t\\N\n');
});
