import { cutTo, isBlank, isLongerThan } from './room-texts.js';

it.each(['', ' ', '\t \n', '\u00a0\u2003', '\u200b\u200d\u202e', '\ufeff'])(
  'the text %j has nothing visible',
  (text) => {
    expect(isBlank(text)).toBe(true);
  },
);

it.each(['a', ' . ', '\u200b🐟', 'ж'])('the text %j has something visible', (text) => {
  expect(isBlank(text)).toBe(false);
});

it('the length of a text counts characters, not the two halves that JavaScript makes of some', () => {
  expect(isLongerThan('🐟'.repeat(256), 256)).toBe(false);
  expect(isLongerThan('🐟'.repeat(257), 256)).toBe(true);
  expect(isLongerThan('x'.repeat(257), 256)).toBe(true);
  expect(isLongerThan(`${'x'.repeat(255)}🐟`, 256)).toBe(false);
});

it('a text is cut between characters', () => {
  expect(cutTo('🐟🐠🐡', 2)).toBe('🐟🐠');
  expect(cutTo('🐟🐠', 2)).toBe('🐟🐠');
  expect(cutTo('🐟'.repeat(10_000), 2000)).toBe('🐟'.repeat(2000));
});
