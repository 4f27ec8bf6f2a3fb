import { contradictionIn, readAddress, settingsFor } from './setup-answers.js';

it.each([
  ['https://chat.example.org', 'https://chat.example.org'],
  [' chat.example.org/ ', 'https://chat.example.org'],
  ['HTTP://Chat.Example.org:8080', 'http://chat.example.org:8080'],
  ['http://192.0.2.7', 'http://192.0.2.7'],
])('plaza setup reads the address %j as %s', (text, url) => {
  expect(readAddress(text)).toEqual({ url });
});

it.each([
  ['', 'an address such as'],
  ['ftp://chat.example.org', 'an address such as'],
  ['https://chat.example.org/rooms', 'without a path'],
  ['https://me@chat.example.org', 'without a path'],
  ['http://localhost:8080', 'a host without a dot'],
  ['http://chat.example.org:0', 'port 0'],
  ['http://[2001:db8::1]', 'an IPv6 address'],
])('plaza setup says why %j can not be used', (text, reason) => {
  expect(readAddress(text)).toEqual({ reason: expect.stringContaining(reason) as string });
});

const rooms = ['lobby', 'garden'];

it('behind a web server on this machine, the server listens to this machine alone', () => {
  const answers = { url: 'https://chat.example.org', isBehindProxy: true, rooms };
  expect(settingsFor(answers)).toEqual({
    PUBLIC_URL: 'https://chat.example.org',
    HOST: '127.0.0.1',
    PORT: '8080',
    FIRST_ROOM: 'lobby',
  });
  expect(contradictionIn(answers)).toBeUndefined();
});

it('without a web server, the server listens to everybody on the port of its address', () => {
  const answers = {
    url: 'http://192.0.2.7:81',
    isBehindProxy: false,
    rooms: [],
    databaseUrl: 'postgres://db/x',
  };
  expect(settingsFor(answers)).toEqual({
    PUBLIC_URL: 'http://192.0.2.7:81',
    HOST: '0.0.0.0',
    PORT: '81',
    FIRST_ROOM: '',
    DATABASE_URL: 'postgres://db/x',
  });
  expect(settingsFor({ ...answers, url: 'http://192.0.2.7' }).PORT).toBe('80');
});

it('plaza setup says that an address with TLS needs a web server', () => {
  const answers = { url: 'https://chat.example.org', isBehindProxy: false, rooms };
  expect(contradictionIn(answers)).toContain('needs a web server in front');
  expect(contradictionIn({ ...answers, url: 'http://192.0.2.7' })).toBeUndefined();
});
