import { LANGUAGES } from '../../records/rooms/room-language.js';
import { filledIn, SPEECHES, PAGE_TEXTS } from './speech.js';

/** The texts of a language by their paths, such as `join.steps.0`. */
function flat(value: unknown, path = ''): Map<string, string> {
  if (typeof value === 'string') return new Map([[path, value]]);
  const entries = Object.entries(value as Record<string, unknown>);
  return new Map(entries.flatMap(([key, inner]) => [...flat(inner, path === '' ? key : `${path}.${key}`)]));
}

const places = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort();
const PLURALS = /^(people|lastDays)\./;

it.each(LANGUAGES)('%s has every text, with the same places as English', (language) => {
  const english = flat(PAGE_TEXTS.en);
  const texts = flat(PAGE_TEXTS[language]);
  for (const [path, text] of english) {
    if (PLURALS.test(path)) continue;
    expect([path, places(texts.get(path) ?? '')]).toEqual([path, places(text)]);
    expect(texts.get(path)?.trim()).not.toBe('');
  }
  for (const plural of [PAGE_TEXTS[language].people, PAGE_TEXTS[language].lastDays]) {
    const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const used = [1, 2, 5, 21, 22, 25, 1_000_000].map((n) => new Intl.PluralRules(language).select(n));
    expect(categories).toEqual(expect.arrayContaining(used));
    expect(plural.other).not.toBe('');
  }
});

it('plurals follow the rules of each language', () => {
  expect([1, 2, 1234].map((n) => SPEECHES.en.count(PAGE_TEXTS.en.people, n))).toEqual([
    '1 person',
    '2 people',
    '1,234 people',
  ]);
  expect([1, 2, 5, 21].map((n) => SPEECHES.ru.count(PAGE_TEXTS.ru.people, n))).toEqual([
    '1 человек',
    '2 человека',
    '5 человек',
    '21 человек',
  ]);
  expect(SPEECHES.fa.count(PAGE_TEXTS.fa.people, 12)).toBe('۱۲ نفر');
});

it.each([
  [0, '0 byte'],
  [999, '999 byte'],
  [1000, '1.0 kB'],
  [9_949, '9.9 kB'],
  [9_950, '10 kB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [1_440_000, '1.4 MB'],
  [10_000_000_000_000, '10,000 GB'],
])('%d bytes are %s', (bytes, text) => {
  expect(SPEECHES.en.fileSize(bytes)).toBe(text);
});

it('days and times are written as each language does', () => {
  const moment = Date.UTC(2026, 10, 21, 14, 3) / 1000;
  expect(SPEECHES.en.day(moment)).toMatch(/^Saturday,? 21 November 2026$/);
  expect(SPEECHES.en.time(moment)).toBe('14:03');
  expect(SPEECHES.en.moment(moment)).toBe('21 Nov 2026, 14:03 UTC');
  expect(SPEECHES.de.day(moment)).toBe('Samstag, 21. November 2026');
  expect(SPEECHES.fa.direction).toBe('rtl');
});

it('places in a text are filled, and a place within a value is not', () => {
  expect(filledIn('{a} and {b}, {c}', { a: '{b}', b: 'two' })).toBe('{b} and two, {c}');
});
