import { foldedText, matches, toQuery, toVector, wordsOf } from './words.js';

it.each([
  ['Good morning, good MORNING!', ['good', 'morning']],
  ['Der Garten öffnet früh', ['der', 'garten', 'offnet', 'fruh']],
  ['Ещё чай', ['еще', 'чаи']],
  ['¿Qué tal, niño?', ['que', 'tal', 'nino']],
  ['كتاب و يك', ['کتاب', 'و', 'یک']],
  ['سَلام', ['سلام']],
  ['see https://example.org/seeds?x=1', ['see', 'https', 'example.org', 'seeds', 'x', '1']],
  ['a\u0300\u0301\u0302\u0303b', ['ab']],
  ['🌱 !!! ---', []],
  ['', []],
])('%j has the words %j', (text, words) => {
  expect(wordsOf(text, 100)).toEqual(words);
});

it('a search finds words in languages that are written without spaces', () => {
  expect(wordsOf('今天天气很好', 100)).toContain('天气');
});

it.each([
  `It's 3.14 or 1,000 (or "so"), isn't it? See e.g. foo_bar, foo-bar and a:b; that's all…`,
  'Straße „schön“ und ‚einfach‘, z. B. heute!',
  'El «niño» dijo: ¡hola! ¿Qué tal?',
  'Привет, мир! Это — проверка; 10:30, о’кей.',
  'سلام، دوستان! می\u200cخواهم «کتاب» بخوانم؟',
  'שלום ג׳ירפה צה"ל Ελλάδα, αυτό είναι.',
  'x_1 _ 5th 2nd. A.B.C., a@b.example\u00adsoft\ttabs\nlines',
])('%j is split as Unicode says', (text) => {
  const segments = [...new Intl.Segmenter('en', { granularity: 'word' }).segment(foldedText(text))];
  const words = segments.filter(({ isWordLike }) => isWordLike).map(({ segment }) => segment);
  expect(wordsOf(text, 100)).toEqual([...new Set(words)]);
});

it('a search bounds the number of words and their length', () => {
  expect(wordsOf('a b c d', 2)).toEqual(['a', 'b']);
  expect(wordsOf('x'.repeat(500), 2)).toEqual(['x'.repeat(64)]);
});

it('words are escaped so that PostgreSQL reads them as words', () => {
  expect(toVector(["o'clock", 'back\\slash'])).toBe(`'o''clock' 'back\\\\slash'`);
  expect(toQuery(['on', 'snail', "o'clock"])).toBe(`'on' & 'snail':* & 'o''clock':*`);
});

it('a result tells which words of its text were searched for', () => {
  expect(['Snails', 'snail', 'on', 'once'].map((word) => matches(word, ['snail', 'on']))).toEqual([
    true,
    true,
    true,
    false,
  ]);
});
