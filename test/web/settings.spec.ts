import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { open, pageAt, readable } from './browsing.js';

let server: OpenServer;

afterEach(() => server.stop());

it('WEB_INDEX=off lists no room, and still leads people who know one', async () => {
  server = await openServer({ env: { WEB_INDEX: 'off' } });
  await server.addRoom('den', { name: 'The den' });
  const html = await pageAt(server.url, '/');
  expect(readable(html)).toContain('By invitation');
  expect(html).not.toMatch(/The den|\/r\/|lobby/i);
  expect(readable(await pageAt(server.url, '/r/den'))).toContain('The den');
});

it('WEB_MESSAGES=off hides messages, and shows how to join', async () => {
  server = await openServer({ env: { WEB_MESSAGES: 'off' } });
  const { alice } = new Actors(server);
  const { id } = (await alice.postMessage('lobby', 'for Session only')).expect(201).json;
  expect((await open(server.url, `/r/lobby/m/${id}`)).status).toBe(404);
  for (const path of ['/r/lobby', '/r/lobby/live', `/r/lobby?before=${id + 1}`]) {
    const html = await pageAt(server.url, path);
    expect(html).not.toContain('for Session only');
    expect(readable(html)).toContain('read in Session');
  }
  expect(await pageAt(server.url, '/r/lobby')).toContain('/r/lobby/invite.svg');
});

it('a server without rooms says how to begin, and one with hidden rooms says the same', async () => {
  server = await openServer({ env: { FIRST_ROOM: '' } });
  const empty = await pageAt(server.url, '/');
  expect(readable(empty)).toContain('room add lobby');
  await server.addRoom('vault');
  await server.sql('UPDATE rooms SET default_read = false, default_accessible = false');
  await server.restart();
  expect(await pageAt(server.url, '/')).toBe(empty);
  expect((await open(server.url, '/r/vault')).status).toBe(404);
});
