import dotenv from 'dotenv';
import { settingsTextWith } from './settings-text.js';

it('plaza setup changes the given values in their places, and leaves every other line', () => {
  const before =
    '# ours\nPORT=8080\n\nexport PUBLIC_URL = http://old.example.org\nLOG_LEVEL=warn # less\nPORT=81\n';
  expect(settingsTextWith(before, { PUBLIC_URL: 'https://chat.example.org', PORT: '82', HOST: '::1' })).toBe(
    '# ours\nPORT=82\n\nPUBLIC_URL=https://chat.example.org\nLOG_LEVEL=warn # less\nHOST=::1\n',
  );
});

it.each(['', 'plain', "postgres://p:it's#1@db/x", 'a b', 'x#y', '"', 'https://a.example/?b=c&d'])(
  'plaza setup writes %j so that it is read as it was',
  (value) => {
    const text = settingsTextWith('', { PUBLIC_URL: value });
    expect(dotenv.parse(text)).toEqual({ PUBLIC_URL: value });
  },
);
