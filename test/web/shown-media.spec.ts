import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { pageAt } from './browsing.js';

const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

let server: OpenServer;
let admin: SessionClient;
let stranger: SessionClient;

beforeAll(async () => {
  server = await openServer({ env: { DEFENCE: 'on' } });
  const actors = new Actors(server);
  admin = await actors.staff('steward', { in: 'global', admin: true });
  stranger = actors.person('stranger');
});

afterAll(() => server.stop());

/** Uploads a picture and posts it, as its author. @returns its id */
async function show(author: SessionClient, fileName: string): Promise<number> {
  const { id } = (await author.upload('lobby', PIXEL, fileName)).expect(201).json;
  const attachments = [{ id, contentType: 'image/png', fileName, size: PIXEL.length }];
  (await author.postMessage('lobby', `This is ${fileName}`, { files: [id], attachments })).expect(201);
  return id;
}

async function statusOf(id: number): Promise<number> {
  return (await fetch(`${server.url}/r/lobby/picture/${id}`)).status;
}

it('pages show the pictures of established members, and name those of others that a moderator has let through', async () => {
  const official = await show(admin, 'official.png');
  const strange = await show(stranger, 'strange.png');
  expect(await pageAt(server.url, '/r/lobby')).not.toContain('strange.png');
  const queue = JSON.parse(await server.operate('queue', 'list', '--room', 'lobby', '--json')) as {
    id: number;
  }[];
  await server.operate('queue', 'publish', '--room', 'lobby', ...queue.map(({ id }) => String(id)));

  const html = await pageAt(server.url, '/r/lobby');
  expect(html).toContain(`src="/r/lobby/picture/${official}"`);
  expect(html).toContain('strange.png');
  expect(html).not.toContain(`picture/${strange}`);
  expect(html).not.toContain(`file/${strange}`);
  expect([await statusOf(official), await statusOf(strange)]).toEqual([200, 404]);
  // Clients show it: this is about pages alone.
  (await admin.get(`/room/lobby/file/${strange}`)).expect(200);

  await server.operate('user', 'trust', stranger.id, '--room', 'lobby');
  const later = await show(stranger, 'later.png');
  expect(await pageAt(server.url, '/r/lobby')).toContain(`src="/r/lobby/picture/${later}"`);
  expect([await statusOf(strange), await statusOf(later)]).toEqual([200, 200]);
});

it('where the defence is off, pages show everybody’s pictures', async () => {
  await server.addRoom('den');
  await server.operate('room', 'set', 'den', '--defence', 'off');
  const { id } = (await stranger.upload('den', PIXEL, 'free.png')).expect(201).json;
  (await stranger.postMessage('den', 'look', { files: [id] })).expect(201);
  expect((await fetch(`${server.url}/r/den/picture/${id}`)).status).toBe(200);
});
