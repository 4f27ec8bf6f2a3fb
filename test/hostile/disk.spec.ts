import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type SessionClient } from '../client/client.js';
import { metricsUrl, scrape } from '../metrics/scrape.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { installServer, type TestServer } from '../support/server.js';

const run = promisify(execFile);
const MEGABYTE = 1024 * 1024;
const MIN_FREE = 100 * MEGABYTE;
/** A small disk of its own takes a mount. */
const canMount = process.platform === 'linux' && process.getuid?.() === 0;

/** A disk of 400 MB with everything of a server on it, its embedded PostgreSQL too. */
(canMount ? describe : describe.skip)('a server whose disk fills', () => {
  let server: TestServer;
  let alice: SessionClient;
  let bob: SessionClient;
  let mod: SessionClient;
  let message: number;
  let file: number;

  beforeAll(async () => {
    server = await installServer({
      env: {
        DATABASE_URL: undefined,
        MIN_FREE_DISK_BYTES: String(MIN_FREE),
        METRICS_PORT: '0',
        POST_RATE_LIMIT: '1000',
      },
    });
    await run('mount', ['-t', 'tmpfs', '-o', 'size=400m,mode=0711', 'tmpfs', server.dataDir]);
    await server.start();
    const actors = new Actors(server, 'lobby');
    ({ alice, bob } = actors);
    mod = await actors.moderator();
    file = (await alice.upload('lobby', Buffer.from('picture'))).expect(201).json.id;
    message = (await alice.postMessage('lobby', 'before', { files: [file] })).expect(201).json.id;
    (await bob.react('lobby', message, '🦜')).expect(200);
    for (const person of [alice, bob]) (await person.inbox()).expect(200);
  });

  afterAll(async () => {
    await server.kill('SIGTERM');
    await run('umount', [server.dataDir]);
    await server.stop();
  });

  /** Leaves so many bytes free, and waits until the server has noticed. */
  async function leave(bytes: number, notices: () => Promise<boolean>): Promise<void> {
    const ballast = join(server.dataDir, 'ballast');
    await rm(ballast, { force: true });
    const { stdout } = await run('df', ['--output=avail', '-B1', server.dataDir]);
    const free = Number(stdout.split('\n')[1]);
    if (free > bytes) await writeFile(ballast, Buffer.alloc(free - bytes, 1));
    await eventually(notices);
  }

  const uploads = async (): Promise<number> => (await alice.upload('lobby', Buffer.from('x'))).status;
  const posts = async (): Promise<number> => (await alice.postMessage('lobby', 'hello')).status;

  it('refuses uploads first, plain or over onion, and takes posts', async () => {
    await leave(MIN_FREE * 0.8, async () => (await uploads()) === 507);
    const refused = await server
      .client(alice.identity, 'plain')
      .upload('lobby', Buffer.alloc(3 * MEGABYTE, 1));
    expect([refused.status, refused.text]).toEqual([507, 'The server has no room for this file']);
    expect(await posts()).toBe(201);
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(503);
  });

  it('then refuses everything else that adds data, while reading, deleting and moderation go on', async () => {
    await leave(MIN_FREE * 0.3, async () => (await posts()) === 507);
    const { text } = await alice.postMessage('lobby', 'no');
    expect(text).toBe('The server has no room for more: its disk is nearly full');
    const refused = [
      await alice.editMessage('lobby', message, 'no'),
      await alice.react('lobby', message, '🐘'),
      await alice.sendDirectMessage(bob.id, Buffer.from('no')),
      await alice.upload('lobby', Buffer.from('no')),
    ];
    expect(refused.map(({ status }) => status)).toEqual([507, 507, 507, 507]);
    const [poll, ...rest] = (await bob.poll({ room: 'lobby', infoUpdates: 0, seqno: 0 })).expect(200).json;
    expect([poll?.code, ...rest.map(({ code }) => code)]).toEqual([200, 200, 200, 304, 304]);
    expect((await bob.download('lobby', file)).text).toBe('picture');
    (await bob.unreact('lobby', message, '🦜')).expect(200);
    (await mod.ban(bob.id, { rooms: ['lobby'] })).expect(200);
    (await mod.deleteMessage('lobby', message)).expect(200);
    (await mod.unban(bob.id, { rooms: ['lobby'] })).expect(200);
    const refusals = (await scrape(metricsUrl(server))).value('plaza_disk_refusals_total', { what: 'data' });
    expect(refusals).toBeGreaterThanOrEqual(4);
  });

  it('stays on one side of a mark until there is some more room, and recovers by itself', async () => {
    await leave(MIN_FREE * 1.05, async () => (await posts()) === 201);
    expect(await uploads()).toBe(507);
    await leave(MIN_FREE * 1.3, async () => (await uploads()) === 201);
    expect(await posts()).toBe(201);
  });

  it('stops an upload on its way when the disk gets too full for it, and leaves nothing of it', async () => {
    await leave(MIN_FREE + 4 * MEGABYTE, async () => (await posts()) === 201);
    const plain = server.client(alice.identity, 'plain');
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => plain.upload('lobby', Buffer.alloc(3 * MEGABYTE, 7))),
    );
    expect(answers.filter(({ status }) => status === 201).length).toBeLessThanOrEqual(2);
    expect(answers.every(({ status }) => [201, 507].includes(status))).toBe(true);
    const { stdout } = await run('ls', [join(server.dataDir, 'uploads', 'incoming')]);
    expect(stdout).toBe('');
  });
});
