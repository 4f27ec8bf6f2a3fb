import { toValues } from './parameters.js';

it.each([
  [[1, -2.5, 10_000_000_000], '{1,-2.5,10000000000}'],
  [[true, false], '{true,false}'],
  [[null, undefined, 'null', 'NULL'], '{NULL,NULL,"null","NULL"}'],
  [['', ' ', 'a,b', '{c}', 'line\nend', '🐟'], '{""," ","a,b","{c}","line\nend","🐟"}'],
  [[], '{}'],
])('the array %j is given to the driver as the text that PostgreSQL reads', (elements, text) => {
  expect(toValues([elements])).toEqual([text]);
});

it.each([
  ['a quote', ['plain', 'with "quotes"']],
  ['a backslash', ['a\\b']],
  ['bytes', [Buffer.from([1, 2])]],
  ['an array', [[1, 2]]],
  ['an object', [{ a: 1 }]],
  ['a big integer', [1n]],
])('an array that holds %s is left to the driver', (_what, elements) => {
  expect(toValues([elements])[0]).toBe(elements);
});

it('values that are no arrays stay as they are', () => {
  const bytes = Buffer.from([1]);
  expect(toValues([1, 'a"b', null, bytes])).toEqual([1, 'a"b', null, bytes]);
});
