import { maskedValue } from './masked-value.js';

it.each([
  ['', ''],
  ['redis://localhost:6379', 'redis://localhost:6379'],
  ['postgres://plaza@db/plaza', 'postgres://plaza@db/plaza'],
  ['postgres://plaza:secret@db:5432/plaza', 'postgres://plaza:***@db:5432/plaza'],
  ['redis://:secret@cache', 'redis://:***@cache'],
  ['postgres://u:secret@/db?host=/run/pg', 'postgres://u:***@/db?host=/run/pg'],
  ['postgres://db/plaza?user=u&password=secret&ssl=1', 'postgres://db/plaza?user=u&password=***&ssl=1'],
])('%s is shown as %s', (text, shown) => {
  expect(maskedValue(text)).toBe(shown);
});

it.each([
  'secret',
  'postgres:/secret',
  'postgres://u:se/secret@db/plaza',
  'postgres://u:se@secret@db/plaza',
  'postgres://u:1#secret@db',
  'postgres://u:1?secret@db',
])('%s is hidden whole, because its password can not be told apart', (text) => {
  expect(maskedValue(text)).toBe('***');
});
