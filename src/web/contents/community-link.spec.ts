import { communityOf } from './community-link.js';

const KEY = 'aB'.repeat(32);

it.each([
  [`https://chat.example.org/lobby?public_key=${KEY}`, { name: 'lobby', host: 'chat.example.org' }],
  [`http://192.0.2.7:8080/a-b_C?public_key=${KEY}`, { name: 'a-b_C', host: '192.0.2.7:8080' }],
  [`https://chat.example.org/r/lobby?public_key=${KEY}`, { name: 'lobby', host: 'chat.example.org' }],
])('%s leads to a room', (url, expected) => {
  expect(communityOf(url)).toEqual({ url, ...expected });
});

it.each([
  undefined,
  '',
  'https://chat.example.org/lobby',
  `https://chat.example.org/lobby?public_key=${KEY.slice(1)}`,
  `https://chat.example.org/a/b?public_key=${KEY}`,
  `javascript:alert(1)//chat.example.org/lobby?public_key=${KEY}`,
])('%s leads to no room', (url) => {
  expect(communityOf(url)).toBeUndefined();
});
