import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { newerReleases, readChangelog } from './newer-releases.js';

const CHANGELOG = `# Changes

For operators.

## 0.10.0

Search is faster.

### Before you upgrade

- Nothing.

## 0.9.1 (2027-01-02)

A fault is mended.

## 0.9.0

The first.
`;

it('the look for updates finds newer releases by their numbers, with what they change', () => {
  expect(newerReleases(CHANGELOG, '0.9.0')).toEqual([
    { version: '0.10.0', changes: 'Search is faster.\n\n### Before you upgrade\n\n- Nothing.' },
    { version: '0.9.1', changes: 'A fault is mended.' },
  ]);
  expect(newerReleases(CHANGELOG, '0.10.0')).toEqual([]);
  expect(newerReleases(CHANGELOG, '1.0.0')).toEqual([]);
});

describe('an address', () => {
  let server: Server;
  let url: string;
  let answer: { status: number; body: string };

  beforeAll(async () => {
    server = createServer((_, response) => {
      response.writeHead(answer.status).end(answer.body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/CHANGELOG.md`;
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('is read where it leads to a list of changes', async () => {
    answer = { status: 200, body: CHANGELOG };
    expect(await readChangelog(url)).toBe(CHANGELOG);
  });

  it.each([
    [404, 'gone', 'answers 404'],
    [200, '<html>', 'is no list of Plaza'],
    [200, `## 1.0.0\n${'x'.repeat(1_000_000)}`, 'is no list of Plaza'],
  ])('is refused with a reason where it leads to something else (%i)', async (status, body, reason) => {
    answer = { status, body };
    await expect(readChangelog(url)).rejects.toThrow(reason);
  });
});
