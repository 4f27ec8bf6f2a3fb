import { safeUrl, shortId, textParts } from './text-parts.js';

const ID = `15${'ab'.repeat(32)}`;

function said(text: string): string {
  return textParts(text)
    .map((part) => {
      if (part.kind === 'link') return `[${part.url}]`;
      return part.kind === 'mention' ? `{${shortId(part.sessionId)}}` : part.text;
    })
    .join('');
}

it.each([
  ['no link at all', 'no link at all'],
  ['', ''],
  ['see https://example.org/a?b=c#d and', 'see [https://example.org/a?b=c#d] and'],
  ['HTTP://EXAMPLE.ORG', '[HTTP://EXAMPLE.ORG]'],
  ['(see https://example.org).', '(see [https://example.org]).'],
  [
    'https://en.wikipedia.org/wiki/Plaza_(square), you know',
    '[https://en.wikipedia.org/wiki/Plaza_(square)], you know',
  ],
  ['https://a.example https://b.example', '[https://a.example] [https://b.example]'],
  ['<a href="https://example.org">', '<a href="[https://example.org]">'],
  ['javascript:alert(1) and data:text/html,x', 'javascript:alert(1) and data:text/html,x'],
  ['https:// is how they start', 'https:// is how they start'],
  ['http://[broken', 'http://[broken'],
  [`ask @${ID}!`, 'ask {15abab…abab}!'],
  [`@${ID.toUpperCase()}`, '{15abab…abab}'],
  [`@${ID}f`, `@${ID}f`],
])('links and mentions are found in %j', (text, expected) => {
  expect(said(text)).toBe(expected);
});

it('links beyond the bound stay text, and no character is lost', () => {
  const parts = textParts('https://a.example https://b.example https://c.example', 2);
  expect(parts.filter(({ kind }) => kind === 'link')).toHaveLength(2);
  expect(parts.at(-1)).toEqual({ kind: 'text', text: ' https://c.example' });
});

it('an address without an end is no link', () => {
  expect(safeUrl(`https://a.example/${'x'.repeat(1_900)}`)).toBeDefined();
  expect(safeUrl(`https://a.example/${'x'.repeat(2_000)}`)).toBeUndefined();
});

it('no character of a text is lost', () => {
  const text = `a https://example.org/x). b @${ID} c`;
  const words = textParts(text).map((part) => {
    if (part.kind === 'link') return part.url;
    return part.kind === 'mention' ? `@${part.sessionId}` : part.text;
  });
  expect(words.join('')).toBe(text);
});

it.each([
  'javascript:alert(1)',
  ' https://example.org',
  'https://',
  'data:text/html,x',
  '//example.org',
  undefined,
])('%j is not a link', (url) => {
  expect(safeUrl(url)).toBeUndefined();
});
