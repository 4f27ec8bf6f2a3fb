import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { open, pageAt, readable } from './browsing.js';

const KEY = 'ab'.repeat(32);

let server: OpenServer;
let alice: SessionClient;
let bob: SessionClient;
let admin: SessionClient;

beforeAll(async () => {
  server = await openServer({ env: { POST_RATE_LIMIT: '1000' }, heldClock: true });
  await server.addRoom('square');
  await server.addRoom('den');
  await server.sql(`UPDATE rooms SET default_read = false WHERE token = 'den'`);
  const actors = new Actors(server, 'square');
  ({ alice, bob } = actors);
  admin = await actors.admin();
});

afterAll(() => server.stop());

type Options = Parameters<SessionClient['postMessage']>[2];

interface Said {
  id: number;
  /** As replies name its time. */
  timestamp: number;
}

async function say(who: SessionClient, text: string, options: Options = {}): Promise<Said> {
  const { id, posted } = (await who.postMessage('square', text, options)).expect(201).json;
  return { id, timestamp: Math.floor(posted * 1000) };
}

async function itemOf(path: string, id: number): Promise<string> {
  const html = await pageAt(server.url, path);
  return new RegExp(`<li class="post[^"]*" id="m${id}"[^]*?</li>`).exec(html)?.[0] ?? '';
}

describe('a reply', () => {
  it('shows its original by author and time alone, as it is now, with a link to it', async () => {
    const first = await say(alice, 'before the edit', { displayName: 'Alice' });
    const reply = await say(bob, 'I see', {
      displayName: 'Bob',
      quote: { timestamp: first.timestamp, author: alice.id },
    });
    expect(await itemOf('/r/square', reply.id)).toMatch(
      new RegExp(`<blockquote><a href="#m${first.id}"><bdi class="author">Alice</bdi>.*before the edit`),
    );
    (await alice.editMessage('square', first.id, 'after the edit', { displayName: 'Alice' })).expect(200);
    expect(await itemOf('/r/square', reply.id)).toContain('after the edit');
    (await alice.deleteMessage('square', first.id)).expect(200);
    const gone = await itemOf('/r/square', reply.id);
    expect(gone).not.toMatch(/the edit|href="#m/);
    expect(readable(gone)).toContain('A message');
  });

  it('to an older message leads to its page, and names a message without text by its kind', async () => {
    const voice = await say(alice, '', {
      displayName: 'Alice',
      attachments: [{ id: 5, contentType: 'audio/aac', flags: 1 }],
    });
    for (let number = 0; number < 31; number++) await say(bob, `filler ${number}`);
    const reply = await say(bob, 'heard it', { quote: { timestamp: voice.timestamp, author: alice.id } });
    const item = await itemOf('/r/square', reply.id);
    expect(item).toContain(`href="/r/square/m/${voice.id}#m${voice.id}"`);
    expect(readable(item)).toContain('Alice Voice message');
  });

  it('never shows a message that not everyone may read', async () => {
    const whisper = (await admin.postMessage('square', 'psst', { whisperTo: bob.id })).expect(201).json;
    const elsewhere = (await admin.postMessage('den', 'among members')).expect(201).json;
    for (const { posted } of [whisper, elsewhere]) {
      const quote = { timestamp: Math.floor(posted * 1000), author: admin.id };
      const reply = await say(bob, 'answer', { quote });
      expect(await itemOf('/r/square', reply.id)).not.toMatch(
        /psst|among members|<a href="[^"]*m\/?\d+"><bdi/,
      );
    }
  });

  it('to a message with a false author shows no original', async () => {
    const first = await say(alice, 'words of Alice', { displayName: 'Alice' });
    const reply = await say(bob, 'twisted', { quote: { timestamp: first.timestamp, author: admin.id } });
    expect(await itemOf('/r/square', reply.id)).not.toContain('words of Alice');
  });
});

describe('a name', () => {
  it('is known of everyone who wrote in the room, however long ago', async () => {
    const dora = new Actors(server, 'square').person('dora');
    await say(dora, 'once', { displayName: 'Dora' });
    await say(dora, 'hidden from all', { displayName: ' ' }).then(({ id }) =>
      dora.deleteMessage('square', id),
    );
    for (let number = 0; number < 31; number++) await say(bob, `filler ${number}`);
    const { id } = await say(bob, `ask @${dora.id}`);
    expect(await itemOf('/r/square', id)).toContain(`title="${dora.id}">@Dora</bdi>`);
  });

  it('that was told in another room alone stays there', async () => {
    const carol = new Actors(server, 'den').person('carol');
    await server.sql(`UPDATE rooms SET default_read = true WHERE token = 'den'`);
    (await carol.postMessage('den', 'hello', { displayName: 'Carol' })).expect(201);
    await server.sql(`UPDATE rooms SET default_read = false WHERE token = 'den'`);
    const { id } = await say(bob, `ask @${carol.id}`);
    expect(await itemOf('/r/square', id)).toContain(`>@${carol.id.slice(0, 6)}…${carol.id.slice(-4)}</bdi>`);
  });

  it('is shown once for messages of one author that follow each other', async () => {
    const [one, two] = [
      await say(alice, 'one', { displayName: 'Alice' }),
      await say(alice, 'two', { displayName: 'Alice' }),
    ];
    await server.clock.advance('20 minutes');
    const later = await say(alice, 'later', { displayName: 'Alice' });
    const classes = await Promise.all(
      [one, two, later].map(async ({ id }) => /class="([^"]+)"/.exec(await itemOf('/r/square', id))?.[1]),
    );
    expect(classes.slice(1)).toEqual(['post joined', 'post']);
  });

  it('that is missing has a pattern of its own in its place', async () => {
    const people = ['erin', 'frank', 'grace'].map((name) => new Actors(server, 'square').person(name));
    const patterns = new Set<string>();
    for (const person of people) {
      const { id } = await say(person, 'hello', { displayName: ' ' });
      patterns.add(/hue-\d.*?<path d="[^"]+"/.exec(await itemOf('/r/square', id))?.[0] ?? 'none');
    }
    expect(patterns.size).toBe(3);
    expect(patterns).not.toContain('none');
  });
});

describe('an invitation to another community', () => {
  it('is a card, also when it is only a link in a text', async () => {
    const url = `https://seeds.example.org/swap?public_key=${KEY}`;
    const card = await say(alice, '', { invitation: { url, name: 'Seed swap' } });
    expect(readable(await itemOf('/r/square', card.id))).toContain(
      'Invitation to a community Seed swap seeds.example.org',
    );
    const link = await say(alice, `come to ${url} all`);
    const item = await itemOf('/r/square', link.id);
    expect(readable(item)).toContain('Invitation to a community swap seeds.example.org');
    expect(item.match(/class="preview community"/g)).toHaveLength(1);
  });

  it('that is no web address is no link', async () => {
    const { id } = await say(alice, 'come', { invitation: { url: 'javascript:alert(1)', name: 'never' } });
    expect(await itemOf('/r/square', id)).not.toMatch(/javascript|never/);
  });
});

describe('the address of a message', () => {
  it('shows it among those around it, however old it is', async () => {
    const { id } = await say(alice, 'the one that is sought');
    for (let number = 0; number < 70; number++) await say(bob, `later ${number}`);
    expect(await pageAt(server.url, '/r/square')).not.toContain('the one that is sought');
    const html = await pageAt(server.url, `/r/square/m/${id}`);
    expect(html).toMatch(new RegExp(`<li class="post[^"]* sought" id="m${id}" tabindex="-1" autofocus`));
    expect(html).toContain('later 14');
    expect(html).not.toContain('later 15');
    expect(html).toMatch(/rel="prev"[^]*rel="next"/);
    expect(html).not.toContain('data-live');
  });

  it('of a message that is gone or not for everyone says so, and leads to the room', async () => {
    const deleted = await say(alice, 'soon gone');
    (await alice.deleteMessage('square', deleted.id)).expect(200);
    const whisper = (await admin.postMessage('square', 'psst', { whisperTo: bob.id })).expect(201).json;
    for (const id of [deleted.id, whisper.id, 999_999]) {
      const response = await open(server.url, `/r/square/m/${id}`);
      expect(response.status).toBe(404);
      const html = await response.text();
      expect(readable(html)).toContain('This message was deleted, or it is not for everyone.');
      expect(html).toContain('href="/r/square"');
    }
  });

  it.each(['x', '-1', '1.5', '9'.repeat(41)])('with the id %s is refused', async (id) => {
    expect((await open(server.url, `/r/square/m/${id}`)).status).toBe(404);
  });
});

describe('the language of a page', () => {
  it.each([
    ['de-DE', 'de', 'Diesem Raum beitreten'],
    ['es', 'es', 'Únete a esta sala'],
    ['ru', 'ru', 'Войти в эту комнату'],
    ['fa', 'fa', 'به این اتاق بپیوندید'],
    ['fr', 'en', 'Join this room'],
  ])('is the one that the browser asks for: %s', async (accepted, lang, words) => {
    for (const path of ['/r/square', '/r/square', '/']) {
      const response = await open(server.url, path, { headers: { 'accept-language': accepted } });
      expect(response.headers.get('vary')).toBe('accept, accept-language, accept-encoding');
      const html = await response.text();
      expect(html).toContain(`<html lang="${lang}" dir="${lang === 'fa' ? 'rtl' : 'ltr'}">`);
      if (path !== '/') expect(html).toContain(words);
    }
  });

  it('applies to refusals and to news of an open room, too', async () => {
    const headers = { 'accept-language': 'de' };
    expect(await (await open(server.url, '/r/nowhere', { headers })).text()).toContain(
      'Diesen Raum gibt es nicht',
    );
    expect(await (await open(server.url, '/r/square/live', { headers })).text()).toContain(
      'Neueste Nachrichten',
    );
  });
});
