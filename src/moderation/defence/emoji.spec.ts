import { isEmoji } from './emoji.js';

describe('an emoji', () => {
  it.each([
    ...['🦜', '👍', '👍🏽', '❤️', '❤', '☝🏿', '✌️', '©', '1️⃣', '🇩🇪', '🏴󠁧󠁢󠁳󠁣󠁴󠁿', '🖾'],
    ...['👩‍👩‍👧', '🏳️‍🌈', '🏳‍🌈', '👁️‍🗨️', '👁‍🗨', '🏃🏽‍♂️', '🏃🏽‍♂'],
  ])('is %s', (text) => {
    expect(isEmoji(text)).toBe(true);
  });

  it.each(['', 'a', '1', '#', 'buy coins', '👍👍', '👍x', '\u{FE0F}', '\u{200D}', '🇩', '卐', '☂x', 'ℹx'])(
    'is not %j',
    (text) => {
      expect(isEmoji(text)).toBe(false);
    },
  );
});
