import { xml } from './feed.js';

it.each([
  ['a < b & "c"', 'a &#60; b &#38; &#34;c&#34;'],
  ['bell\u0007 and nul\0', 'bell and nul'],
  ['half \ud83d of it', 'half \ufffd of it'],
  ['whole 🌱\n', 'whole 🌱\n'],
  ['\ufffe', ''],
])('%j is written as %j within XML', (text, written) => {
  expect(xml(text)).toBe(written);
});
