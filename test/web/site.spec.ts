import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { open, pageAt, PIXEL, readable } from './browsing.js';

const PUBLIC_URL = 'https://chat.example.org';
const SCRIPT = '<script>alert("x")</script>';

let server: OpenServer;
let alice: SessionClient;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plaza-site-'));
  await writeFile(join(folder, 'rules.txt'), `Be kind.\r\n\r\nNo ${SCRIPT}\nhere.\n`);
  await writeFile(join(folder, 'picture'), PIXEL);
  server = await openServer({
    env: {
      PUBLIC_URL,
      SITE_NAME: 'Garden & friends',
      SITE_HEADLINE: 'Dig in.',
      SITE_CONTACT: 'gardener@example.org',
      SITE_RULES: join(folder, 'rules.txt'),
      SITE_PICTURE: join(folder, 'picture'),
      SITE_COLOUR: '#FFE600',
    },
  });
  await server.addRoom('den');
  await server.sql(`UPDATE rooms SET default_read = false WHERE token = 'den'`);
  ({ alice } = new Actors(server));
});

afterAll(() => server.stop());

async function textAt(path: string, type: string, url = server.url): Promise<string> {
  const response = await fetch(url + path);
  expect([path, response.status, response.headers.get('content-type')]).toEqual([path, 200, type]);
  return response.text();
}

describe('the server as its operator describes it', () => {
  it('has its name, headline, contact and rules on its pages', async () => {
    const front = await pageAt(server.url, '/');
    expect(readable(front)).toContain('Dig in.');
    expect(readable(front)).toContain('Garden &amp; friends');
    expect(front).toContain('<a href="mailto:gardener@example.org" rel="noopener noreferrer">');
    expect(front).toContain('<a href="/rules">Rules</a>');
    expect(await pageAt(server.url, '/r/lobby')).toContain('mailto:gardener@example.org');
    const rules = await pageAt(server.url, '/rules');
    expect(readable(rules)).toContain('Be kind. No &lt;script>');
    expect(rules).not.toContain(SCRIPT);
  });

  it('is shown by other sites with its picture and words', async () => {
    const front = await pageAt(server.url, '/');
    expect(front).toContain('<meta property="og:site_name" content="Garden &amp; friends"/>');
    expect(front).toContain('<meta property="og:description" content="Dig in."/>');
    const [, picture] =
      /<meta property="og:image" content="https:\/\/chat\.example\.org(\/[^"]+)"/.exec(front) ?? [];
    const shown = await fetch(server.url + (picture ?? ''));
    expect(shown.headers.get('content-type')).toBe('image/png');
    expect(Buffer.from(await shown.arrayBuffer())).toEqual(PIXEL);
    const { id } = (await alice.postMessage('lobby', 'words to be shared')).expect(201).json;
    const message = await pageAt(server.url, `/r/lobby/m/${id}`);
    expect(message).toContain(`<meta property="og:url" content="${PUBLIC_URL}/r/lobby/m/${id}"/>`);
    expect(message).toContain('<meta property="og:description" content="words to be shared"/>');
  });

  it('has its colour, as far as it can be read', async () => {
    const [, path] = /href="(\/assets\/plaza\.[0-9a-f]+\.css)"/.exec(await pageAt(server.url, '/')) ?? [];
    const styles = await (await fetch(server.url + (path ?? ''))).text();
    expect(styles).toContain('.mark-ground { fill: #ffe600; }');
    expect(styles).not.toContain('--accent: #ffe600; --accent-text: #ffffff');
  });

  it('has a manifest for the home screen in the language of the reader', async () => {
    const headers = { 'accept-language': 'fa' };
    const response = await fetch(`${server.url}/manifest.webmanifest`, { headers });
    expect(response.headers.get('content-type')).toBe('application/manifest+json; charset=utf-8');
    const manifest = (await response.json()) as {
      name: string;
      dir: string;
      icons: { src: string; sizes: string }[];
    };
    expect(manifest).toMatchObject({ name: 'Garden & friends', dir: 'rtl', start_url: '/' });
    expect(manifest.icons.map(({ sizes }) => sizes)).toEqual(['any', '192x192', '512x512']);
    for (const { src } of manifest.icons) expect((await fetch(server.url + src)).status).toBe(200);
  });

  it('has an icon at the address where everybody looks for it', async () => {
    const icon = await fetch(`${server.url}/favicon.ico`);
    expect([icon.status, icon.headers.get('content-type')]).toEqual([200, 'image/png']);
    expect(icon.headers.get('cache-control')).toBe('private, max-age=300');
  });

  it.each([
    ['SITE_RULES', 'SITE_RULES names a file that can'],
    ['SITE_PICTURE', 'SITE_PICTURE names a file that can'],
  ])('does not start when %s names a file that is not there', async (name, message) => {
    await expect(openServer({ env: { [name]: '/nowhere/at/all' } })).rejects.toThrow(message);
  });
});

describe('the feed of a room', () => {
  it('has the messages, newest first, with addresses that stay', async () => {
    const first = (await alice.postMessage('lobby', 'first in the feed')).expect(201).json.id;
    const second = (await alice.postMessage('lobby', `${SCRIPT} & \u0007`, { displayName: 'Alice' })).expect(
      201,
    ).json.id;
    const feed = await textAt('/r/lobby/feed.atom', 'application/atom+xml; charset=utf-8');
    expect(feed).toMatch(
      /^<\?xml version="1\.0" encoding="utf-8"\?>\n<feed xmlns="http:\/\/www\.w3\.org\/2005\/Atom"/,
    );
    expect(feed.indexOf(`/m/${second}</id>`)).toBeLessThan(feed.indexOf(`/m/${first}</id>`));
    expect(feed).toContain(`<id>${PUBLIC_URL}/r/lobby/m/${first}</id>`);
    expect(feed).toContain('<content type="text">&#60;script&#62;');
    expect(feed).not.toContain('\u0007');
    expect(feed).not.toContain('<script');
    expect(await pageAt(server.url, '/r/lobby')).toContain(
      '<link rel="alternate" type="application/atom+xml" href="/r/lobby/feed.atom"',
    );
  });

  it('is sent once to a reader that keeps it', async () => {
    const etag = (await fetch(`${server.url}/r/lobby/feed.atom`)).headers.get('etag') ?? '';
    const again = await fetch(`${server.url}/r/lobby/feed.atom`, { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
  });

  it('of a room that not everyone may read does not exist', async () => {
    expect((await fetch(`${server.url}/r/den/feed.atom`)).status).toBe(403);
    expect(await pageAt(server.url, '/r/den')).not.toContain('feed.atom');
  });
});

describe('search engines', () => {
  const robotsOf = (url: string): Promise<string> => textAt('/robots.txt', 'text/plain; charset=utf-8', url);
  const sitemapOf = (url: string): Promise<string> =>
    textAt('/sitemap.xml', 'application/xml; charset=utf-8', url);

  it('may list the front page and the rules', async () => {
    expect(await robotsOf(server.url)).toMatch(
      /Allow: \/\$\n[^]*Disallow: \/\n\nSitemap: https:\/\/chat\.example\.org/,
    );
    expect(await sitemapOf(server.url)).toContain(`<loc>${PUBLIC_URL}/rules</loc>`);
    expect(await sitemapOf(server.url)).not.toContain('/r/');
    expect(await pageAt(server.url, '/')).not.toContain('noindex');
    expect(await pageAt(server.url, '/r/lobby')).toContain('noindex');
  });

  it('may list rooms where WEB_ROBOTS is all, and nothing where it is none', async () => {
    const all = await openServer({ beside: server, env: { PUBLIC_URL, WEB_ROBOTS: 'all' } });
    expect(await robotsOf(all.url)).toContain('Allow: /\n');
    expect(await sitemapOf(all.url)).toContain(`<loc>${PUBLIC_URL}/r/lobby</loc>`);
    expect(await pageAt(all.url, '/r/lobby')).not.toContain('noindex');
    expect(await pageAt(all.url, '/r/lobby/search?q=word')).toContain('noindex');
    await all.stop();
    const none = await openServer({ beside: server, env: { PUBLIC_URL, WEB_ROBOTS: 'none' } });
    expect(await robotsOf(none.url)).toBe('User-agent: *\nDisallow: /\n');
    expect(await sitemapOf(none.url)).not.toContain('<loc>');
    expect(await pageAt(none.url, '/')).toContain('noindex');
    await none.stop();
  });
});

describe('the API reference', () => {
  it('is a page for people, and a document for programs beside it', async () => {
    const html = await pageAt(server.url, '/docs');
    expect(readable(html)).toContain('GET /room/{room}/messages/recent');
    expect(html).toContain('href="/docs.json"');
    expect(
      html.match(/(?:src|href)="(?!\/|#|https:\/\/(?:getsession|chat\.example)\.org|mailto:)/g),
    ).toBeNull();
    const document = (await (await fetch(`${server.url}/docs.json`)).json()) as { openapi: string };
    expect(document.openapi).toBe('3.1.0');
    const ids = [...html.matchAll(/class="endpoint" id="([^"]+)"/g)].map(([, id]) => id);
    expect(ids.length).toBeGreaterThan(30);
    expect(new Set(ids).size).toBe(ids.length);
    expect(await (await fetch(`${server.url}/docs`)).json()).toEqual(document);
  });

  it('does not exist with API_DOCS=off', async () => {
    const quiet = await openServer({ beside: server, env: { API_DOCS: 'off' } });
    for (const path of ['/docs', '/docs.json']) expect((await open(quiet.url, path)).status).toBe(404);
    await quiet.stop();
  });
});

it('a room with the token of a page is reached by its community URL', async () => {
  await server.addRoom('rules');
  const response = await open(server.url, `/rules?public_key=${server.publicKey}`);
  expect(response.headers.get('location')).toBe(`/r/rules?public_key=${server.publicKey}`);
});

it('a room that is archived says so, in its list and on its page', async () => {
  await server.addRoom('over');
  await server.plaza('room', 'archive', 'over');
  expect(readable(await pageAt(server.url, '/'))).toContain('over Archived ·');
  expect(readable(await pageAt(server.url, '/r/over'))).toContain('Archived ·');
});
