import { excerpt } from './excerpt.js';

describe('an excerpt', () => {
  it('is one line, and is cut when it is too long', () => {
    expect(excerpt(' two\n\nlines\u0000 ', 20)).toBe('two lines');
    expect(excerpt('👍👍👍', 2)).toBe('👍…');
  });

  it('mentions nobody whom its author has mentioned', () => {
    const id = `15${'a'.repeat(64)}`;
    expect(excerpt(`hello @${id}`, 100)).toBe(`hello ${id}`);
    expect(excerpt(`hello @@${id}`, 100)).toBe(`hello ${id}`);
  });
});
