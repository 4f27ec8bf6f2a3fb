import { acceptedLanguage } from './accepted-language.js';

it.each([
  [undefined, 'en'],
  ['', 'en'],
  ['de', 'de'],
  ['de-AT, en;q=0.7', 'de'],
  ['DE', 'de'],
  ['fr, es;q=0.8, en;q=0.9', 'en'],
  ['fr-FR, ru;q=0.8', 'ru'],
  ['fa-IR,fa;q=0.9,en;q=0.8', 'fa'],
  ['fr', 'en'],
  ['*', 'en'],
  ['*;q=0.1, es;q=0.5', 'es'],
  ['de;q=0, es', 'es'],
  ['de;q=0', 'en'],
  ['de;q=nonsense, es;q=0.1', 'es'],
  ['de;q=7, es;q=0.1', 'es'],
  [`${'x'.repeat(300)}, de`, 'en'],
])('%j asks for %s', (header, language) => {
  expect(acceptedLanguage(header)).toBe(language);
});
