import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { open, pageAt, readable } from './browsing.js';

const SCRIPT = '<script>alert("x")</script>';

let server: OpenServer;
let alice: SessionClient;
let bob: SessionClient;
let carol: SessionClient;
let admin: SessionClient;

beforeAll(async () => {
  server = await openServer({
    env: { PUBLIC_URL: 'https://chat.example.org', POST_RATE_LIMIT: '1000', FIRST_ROOM: '' },
  });
  await server.addRoom('Lobby', { name: 'The lobby', description: 'Come in & talk' });
  await server.addRoom('den', { name: 'The den' });
  await server.addRoom('vault', { name: 'The vault' });
  await server.sql(`UPDATE rooms SET default_read = false WHERE token = 'den'`);
  await server.sql(`UPDATE rooms SET default_read = false, default_accessible = false WHERE token = 'vault'`);
  const actors = new Actors(server, 'Lobby');
  ({ alice, bob } = actors);
  carol = actors.person('carol');
  admin = await actors.admin();
  const steward = await actors.staff('steward', { in: 'global', admin: true });
  (await steward.postMessage('den', 'a word among members')).expect(201);
});

afterAll(() => server.stop());

async function say(text: string, options: Parameters<SessionClient['postMessage']>[2] = {}): Promise<number> {
  const { id } = (await alice.postMessage('Lobby', text, { displayName: 'Alice', ...options })).expect(
    201,
  ).json;
  return id;
}

describe('the front page', () => {
  it('lists the rooms that anyone may know of, with how to join them', async () => {
    const html = await pageAt(server.url, '/');
    expect(readable(html)).toContain('The lobby');
    expect(readable(html)).toContain('Come in &amp; talk');
    expect(readable(html)).toContain('The den');
    expect(html).not.toContain('vault');
    expect(html).toContain(`value="https://chat.example.org/Lobby?public_key=${server.publicKey}"`);
    expect(html).toContain('src="/r/Lobby/invite.svg"');
  });

  it('shows soon that a room was added, renamed or deleted', async () => {
    await server.addRoom('kiosk', { name: 'The kiosk' });
    expect(await pageAt(server.url, '/')).toContain('The kiosk');
    await server.sql(`UPDATE rooms SET name = $1 WHERE token = 'kiosk'`, [SCRIPT]);
    await eventually(async () => !(await pageAt(server.url, '/')).includes('The kiosk'));
    const renamed = await pageAt(server.url, '/');
    expect(renamed).toContain('&lt;script>alert(&quot;x&quot;)&lt;/script>');
    expect(renamed).not.toContain(SCRIPT);
    await server.plaza('room', 'delete', 'kiosk', '--yes');
    await eventually(async () => !(await pageAt(server.url, '/')).includes('kiosk'));
  });
});

describe('the page of a room', () => {
  it('shows the room under its token in any case, and how to join it', async () => {
    const html = await pageAt(server.url, '/r/lobby');
    expect(readable(html)).toContain('The lobby');
    expect(html).toContain(`value="https://chat.example.org/Lobby?public_key=${server.publicKey}"`);
    expect(html).toContain('href="/r/Lobby/invite.png"');
  });

  it('shows messages with their authors and times, newest last, and whole IDs to those who ask for them', async () => {
    await say('the first words');
    (await bob.postMessage('Lobby', 'second to speak', { displayName: 'Bob' })).expect(201);
    const html = await pageAt(server.url, '/r/Lobby');
    expect(html.indexOf('second to speak')).toBeGreaterThan(html.indexOf('the first words'));
    expect(readable(html)).toMatch(new RegExp(`Bob Account ID ${bob.id} second to speak \\d\\d:\\d\\d`));
    expect(html).toMatch(/<time datetime="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z" data-form="time"/);
    expect(html).toMatch(/<li class="day"><time [^>]*data-form="day">\w+day,? \d+ \w+ \d{4}</);
  });

  it('names someone without a display name by their short ID, and staff by their role', async () => {
    (await carol.postMessage('Lobby', 'no name', { displayName: ' ' })).expect(201);
    (await admin.postMessage('Lobby', 'from above', { displayName: 'Ada' })).expect(201);
    const html = readable(await pageAt(server.url, '/r/Lobby'));
    expect(html).toContain(`${carol.id.slice(0, 6)}…${carol.id.slice(-4)} `);
    expect(html).toMatch(/Ada Admin/);
  });

  it('shows quotes, previews, files, mentions, links and reactions', async () => {
    const id = await say(`ask @${bob.id}, see https://example.org/a?b=1&c=2.`, {
      quote: { timestamp: 1, author: bob.id, text: 'what Bob had said' },
      preview: { url: 'https://example.org/page', title: 'An example' },
      attachments: [
        { id: 7, contentType: 'application/pdf', fileName: 'plan.pdf', size: 1_440_000 },
        { id: 8, contentType: 'audio/aac', flags: 1, size: 9000 },
        { id: 9, contentType: 'image/png', fileName: 'view.png', size: 500, width: 30, height: 20 },
        { id: 10, contentType: 'image/png', fileName: 'huge.png', size: 5_000_000 },
      ],
    });
    (await bob.react('Lobby', id, '🎉')).expect(200);
    const html = await pageAt(server.url, '/r/Lobby');
    const text = readable(html);
    expect(text).toContain('what Bob had said');
    expect(text).toContain('An example example.org');
    expect(html).toContain(`<bdi class="mention" title="${bob.id}">@Bob</bdi>`);
    expect(html).toContain(
      '<a href="https://example.org/a?b=1&amp;c=2" rel="noopener noreferrer nofollow ugc">https://example.org/a?b=1&amp;c=2</a>.',
    );
    expect(html).toContain('href="/room/Lobby/file/7/plan.pdf"');
    expect(text).toContain('plan.pdf 1.4 MB');
    expect(text).toContain('Voice message 9.0 kB');
    expect(html).toMatch(/<audio controls preload="none" src="\/r\/Lobby\/media\/8"/);
    expect(html).toContain('<img src="/r/Lobby/picture/9" alt="view.png"');
    expect(html).toMatch(/width="30" height="20"/);
    expect(html).not.toContain('picture/10');
    expect(text).toContain('huge.png 5.0 MB');
    expect(text).toContain('🎉 1');
  });

  it('finds a file of a message that names it only by its address', async () => {
    await say('a view', {
      attachments: [{ id: 0, url: 'https://chat.example.org/room/Lobby/file/77', contentType: 'image/jpeg' }],
    });
    expect(await pageAt(server.url, '/r/Lobby')).toContain('src="/r/Lobby/picture/77"');
  });

  it('reads the envelopes of newer clients, and says so of messages that it cannot read', async () => {
    await say('wrapped words', { envelope: true });
    await say('', { data: Buffer.from('not a message of this kind') });
    const text = readable(await pageAt(server.url, '/r/Lobby'));
    expect(text).toContain('wrapped words');
    expect(text).toContain('A message that only Session can show.');
  });

  it('keeps everything that anyone wrote as text', async () => {
    await say(`${SCRIPT} javascript:alert(1)`, {
      displayName: `"><img src=x onerror=alert(1)>`,
      quote: { timestamp: 1, author: SCRIPT, text: `</blockquote>${SCRIPT}` },
      preview: { url: 'javascript:alert(1)', title: 'never a link' },
      attachments: [
        { id: 3, contentType: 'text/html', fileName: `../"onclick="alert(1)${SCRIPT}.html`, size: 1 },
        { id: 4, contentType: 'image/png', fileName: `" onerror="alert(1)`, size: 1 },
        { id: 5, contentType: 'image/svg+xml', fileName: 'drawn.svg', size: 1 },
      ],
    });
    const html = await pageAt(server.url, '/r/Lobby');
    expect(html).toContain('&lt;script>alert(&quot;x&quot;)&lt;/script>');
    const tags = html.match(/<[^>]+>/g) ?? [];
    const handlers = tags.filter((tag) => / on\w+=|javascript:/.test(tag.replace(/"[^"]*"/g, '""')));
    expect(handlers).toEqual([]);
    expect(tags.filter((tag) => tag.startsWith('<script'))).toHaveLength(1);
    expect(tags.filter((tag) => /(href|src)="(?!\/|https?:|#)/.test(tag))).toEqual([]);
    expect(html).not.toContain('never a link');
    expect(html).not.toContain('picture/5');
  });

  it('shows an edit at once, and a deletion and a whisper not at all', async () => {
    const edited = await say('before the edit');
    const deleted = await say('soon gone');
    (await admin.postMessage('Lobby', 'psst', { whisperTo: bob.id })).expect(201);
    (await admin.postMessage('Lobby', 'among us', { whisperMods: true })).expect(201);
    expect(await pageAt(server.url, '/r/Lobby')).toContain('soon gone');
    (await alice.editMessage('Lobby', edited, 'after the edit', { displayName: 'Alice' })).expect(200);
    (await alice.deleteMessage('Lobby', deleted)).expect(200);
    const text = readable(await pageAt(server.url, '/r/Lobby'));
    expect(text).toMatch(/after the edit edited/);
    expect(text).not.toMatch(/before the edit|soon gone|psst|among us/);
  });

  it('shows pinned messages, the latest pin first', async () => {
    const [rules, welcome] = [await say('the rules'), await say('the welcome')];
    (await admin.pin('Lobby', rules)).expect(200);
    (await admin.pin('Lobby', welcome)).expect(200);
    const html = await pageAt(server.url, '/r/Lobby');
    expect(html.indexOf(`id="p${welcome}"`)).toBeGreaterThan(0);
    expect(html.indexOf(`id="p${rules}"`)).toBeGreaterThan(html.indexOf(`id="p${welcome}"`));
    (await admin.unpinAll('Lobby')).expect(200);
    expect(await pageAt(server.url, '/r/Lobby')).not.toContain('id="p');
  });

  it('leads back through all messages, once each', async () => {
    await server.addRoom('history');
    for (let batch = 0; batch < 7; batch++) {
      const posts = Array.from({ length: 10 }, (_, index) =>
        alice.postMessage('history', `word number ${batch * 10 + index}`),
      );
      (await Promise.all(posts)).forEach((post) => post.expect(201));
    }
    const seen: string[] = [];
    let path: string | undefined = '/r/history';
    const pages: string[] = [];
    while (path !== undefined && pages.length < 10) {
      const html: string = await pageAt(server.url, path);
      pages.push(html);
      seen.push(...(html.match(/word number \d+/g) ?? []));
      path = /rel="prev" href="([^"]+)"/.exec(html)?.[1];
    }
    expect(pages).toHaveLength(3);
    expect(seen).toHaveLength(70);
    expect(new Set(seen).size).toBe(70);
    const [, way] = /rel="next" href="([^"]+)"/.exec(pages[2] ?? '') ?? [];
    const onward = await pageAt(server.url, way ?? '');
    expect(onward.match(/word number \d+/g)).toEqual((pages[1] ?? '').match(/word number \d+/g));
    expect(onward).toContain('rel="next"');
    const last = /id="m(\d+)"(?![^]*id="m)/.exec(pages[0] ?? '')?.[1];
    expect(readable(await pageAt(server.url, `/r/history?after=${last}`))).toContain(
      'There are no newer messages.',
    );
    expect(readable(pages[1] ?? '')).toContain('Newest messages');
    expect(readable(await pageAt(server.url, '/r/history?before=0'))).toContain(
      'There are no earlier messages.',
    );
  });

  it('says that a room is still silent', async () => {
    await server.addRoom('silent');
    expect(readable(await pageAt(server.url, '/r/silent'))).toContain('Nobody has said anything yet.');
  });

  it('shows no message of a room that not everyone may read', async () => {
    const html = await pageAt(server.url, '/r/den');
    expect(readable(html)).toContain('The den');
    expect(readable(html)).toContain('for its members');
    expect(html).not.toContain('a word among members');
    expect(html).not.toContain('data-live');
    expect(await pageAt(server.url, '/r/den/live')).not.toContain('a word among members');
    expect(await pageAt(server.url, '/r/den?before=1000000')).not.toContain('a word among members');
    expect(await pageAt(server.url, '/r/den?after=0')).not.toContain('a word among members');
    const [row] = await server.sql(
      `SELECT m.id FROM messages m JOIN rooms r ON r.id = m.room_id WHERE r.token = 'den'`,
    );
    expect((await open(server.url, `/r/den/m/${String(row?.id)}`)).status).toBe(404);
  });

  it('closes when the room is closed', async () => {
    await server.addRoom('square', { name: 'The square' });
    (await alice.postMessage('square', 'said in public')).expect(201);
    expect(await pageAt(server.url, '/r/square')).toContain('said in public');
    await server.sql(`UPDATE rooms SET default_read = false WHERE token = 'square'`);
    await eventually(async () => !(await pageAt(server.url, '/r/square')).includes('said in public'));
    await server.sql(`UPDATE rooms SET default_accessible = false WHERE token = 'square'`);
    await eventually(async () => (await open(server.url, '/r/square')).status === 404);
  });
});

describe('a page that can not be shown', () => {
  it.each([
    '/r/vault',
    '/r/nowhere',
    '/r/no%20room',
    '/r/vault/live',
    '/r/vault/invite.svg',
    '/r/vault/invite.png',
  ])('%s is answered as if there were no such room', async (path) => {
    const response = await open(server.url, path);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const html = await response.text();
    expect(readable(html)).toContain('There is no such room, or it is not public.');
    expect(html).not.toContain('The vault');
  });

  it.each([
    '?before=x',
    '?before=-1',
    '?before=1.5',
    '?after=x',
    '?before=',
    '?before=1&before=2',
    `?before=${'9'.repeat(41)}`,
  ])('a bad page number is refused with a reason: %s', async (query) => {
    const response = await open(server.url, `/r/Lobby${query}`);
    expect(response.status).toBe(400);
    expect(readable(await response.text())).toMatch(/(before|after):/);
  });

  it('a page number beyond all numbers leads to the newest page', async () => {
    expect((await open(server.url, `/r/Lobby?before=${'9'.repeat(40)}`)).status).toBe(200);
  });

  it('is refused to programs as plain text', async () => {
    const response = await fetch(`${server.url}/r/nowhere`);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await response.text()).toBe('No such room');
  });

  it('never repeats the request as HTML', async () => {
    const html = await (await open(server.url, `/r/Lobby?before=${encodeURIComponent(SCRIPT)}`)).text();
    expect(html).not.toContain(SCRIPT);
  });
});

describe('a community URL in a browser', () => {
  it('leads to the page of the room', async () => {
    const response = await open(server.url, `/Lobby?public_key=${server.publicKey}`);
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe(`/r/Lobby?public_key=${server.publicKey}`);
    expect((await open(server.url, '/Lobby')).headers.get('location')).toBe('/r/Lobby');
  });

  it.each(['/r/Lobby/', '/r/Lobby?public_key=KEY', '/r/Lobby/?public_key=KEY'])(
    'is also shown as %s, as pysogs published it',
    async (path) => {
      const response = await open(server.url, path.replace('KEY', server.publicKey));
      expect(response.status).toBe(200);
      expect(await response.text()).toBe(await (await open(server.url, '/r/Lobby')).text());
    },
  );

  it.each(['/Lobby/', '/view/room/Lobby', '/view/room/Lobby/'])(
    'leads to the page from %s too, with its query',
    async (path) => {
      const response = await open(server.url, `${path}?public_key=${server.publicKey}`);
      expect(response.status).toBe(302);
      expect(response.headers.get('location')).toBe(`/r/Lobby?public_key=${server.publicKey}`);
    },
  );

  it('stays on this server, whatever is requested', async () => {
    for (const path of ['//example.org', '//example.org/', '/view/room//example.org', '/%2F%2Fexample.org']) {
      const response = await open(server.url, path);
      expect([path, response.status]).toEqual([path, 404]);
    }
  });

  it('does not change the routes of the protocol', async () => {
    const response = await open(server.url, '/capabilities');
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  });

  it.each(['/no.room', '/a%2Fb'])('%s is no room', async (path) => {
    expect((await open(server.url, path)).status).toBe(404);
  });
});
