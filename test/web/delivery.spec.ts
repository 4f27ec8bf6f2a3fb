import { toBuffer, toString } from 'qrcode';
import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { open, pageAt, PIXEL } from './browsing.js';

let server: OpenServer;
let alice: SessionClient;

beforeAll(async () => {
  server = await openServer({ env: { POST_RATE_LIMIT: '1000', PUBLIC_URL: 'https://chat.example.org' } });
  await server.addRoom('den');
  ({ alice } = new Actors(server));
  (await alice.postMessage('lobby', 'hello')).expect(201);
});

afterAll(() => server.stop());

async function upload(bytes: Uint8Array, name: string, room = 'lobby'): Promise<number> {
  const { id } = (await alice.upload(room, bytes, name)).expect(201).json;
  (await alice.postMessage(room, 'look', { files: [id] })).expect(201);
  return id;
}

describe('every page', () => {
  it.each(['/', '/r/lobby', '/r/lobby?before=5', '/r/lobby/m/1', '/r/lobby/live', '/r/nowhere'])(
    '%s runs only this server’s own files and can not be framed',
    async (path) => {
      const { headers } = await open(server.url, path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy.split('; ')).toEqual(
        expect.arrayContaining([
          "default-src 'none'",
          "script-src 'self'",
          "style-src 'self'",
          "base-uri 'none'",
          "form-action 'self'",
          "media-src 'self'",
          "frame-ancestors 'none'",
        ]),
      );
      expect(policy).not.toMatch(/unsafe|http|\*|data:/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(headers.get('cache-control')).toBe('no-cache');
    },
  );

  it.each(['/', '/r/lobby', '/r/lobby/live'])('%s is sent once to a browser that keeps it', async (path) => {
    const etag = (await open(server.url, path)).headers.get('etag') ?? '';
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await open(server.url, path, { headers: { 'if-none-match': known } });
      expect(again.status).toBe(304);
      expect(await again.text()).toBe('');
      expect(again.headers.get('etag')).toBe(etag);
    }
    expect((await open(server.url, path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  });

  it('is sent anew when there is news', async () => {
    const before = (await open(server.url, '/r/lobby/live')).headers.get('etag') ?? '';
    (await alice.postMessage('lobby', 'some news')).expect(201);
    const after = await open(server.url, '/r/lobby/live', { headers: { 'if-none-match': before } });
    expect(after.status).toBe(200);
    expect(await after.text()).toContain('some news');
  });

  it.each(['/', '/r/lobby', '/r/lobby/live', '/r/lobby/invite.png', '/r/lobby/invite.svg'])(
    'HEAD %s has the headers that GET would send',
    async (path) => {
      const headers = { 'accept-encoding': 'identity' };
      const head = await open(server.url, path, { method: 'HEAD', headers });
      const get = await open(server.url, path, { headers });
      expect(head.status).toBe(200);
      expect(await head.text()).toBe('');
      expect(head.headers.get('content-length')).toBe(String((await get.arrayBuffer()).byteLength));
      expect(head.headers.get('etag')).toBe(get.headers.get('etag'));
    },
  );

  it.each(['/', '/r/lobby', '/r/lobby/live', '/docs', '/r/lobby/search?q=hello'])(
    '%s is sent compressed to clients that accept that, under a tag of its own',
    async (path) => {
      const encodings = ['identity', 'gzip', 'br, gzip;q=0.5', 'gzip;q=0', 'gzip;q=0, br', 'x-gzipped'];
      const answers = await Promise.all(
        encodings.map((encoding) => open(server.url, path, { headers: { 'accept-encoding': encoding } })),
      );
      expect(answers.map(({ headers }) => headers.get('content-encoding'))).toEqual([
        null,
        'gzip',
        'gzip',
        null,
        null,
        null,
      ]);
      const [plain, packed] = answers.map(({ headers }) => headers.get('etag'));
      expect(packed).not.toBe(plain);
      const texts = await Promise.all(answers.map((answer) => answer.text()));
      expect(new Set(texts).size).toBe(1);
      const again = { 'accept-encoding': 'gzip', 'if-none-match': packed ?? '' };
      expect((await open(server.url, path, { headers: again })).status).toBe(304);
    },
  );

  it('HEAD of a missing page is 404', async () => {
    expect((await open(server.url, '/r/nowhere', { method: 'HEAD' })).status).toBe(404);
  });

  it.each(['POST', 'PUT', 'DELETE'])('%s changes nothing and is refused', async (method) => {
    expect((await open(server.url, '/r/lobby', { method })).status).toBe(404);
  });

  it('keeps the messages of a room from search engines', async () => {
    expect(await pageAt(server.url, '/r/lobby')).toContain('<meta name="robots" content="noindex"/>');
    expect(await pageAt(server.url, '/')).not.toContain('noindex');
  });
});

describe('the files that pages refer to', () => {
  it('exist, are kept for good, and have their types', async () => {
    const html = await pageAt(server.url, '/r/lobby');
    const paths = [...html.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? '');
    expect(paths.map((path) => path.replace(/.*\./, '')).sort()).toEqual(['css', 'js', 'png', 'svg']);
    for (const path of paths) {
      const { status, headers } = await fetch(server.url + path);
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(headers.get('content-type')).toMatch(
        /^(text\/(css|javascript); charset=utf-8|image\/(svg\+xml|png))$/,
      );
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it.each([
    'plaza.css',
    'base.css',
    'styles%2Fbase.css',
    'plaza.000000000000.css',
    '..%2Fpackage.json',
    '%2e%2e%2f%2e%2e%2fpackage.json',
    'x',
  ])('do not include %s', async (name) => {
    expect((await fetch(`${server.url}/assets/${name}`)).status).toBe(404);
  });
});

describe('an invitation', () => {
  it('is the QR code of the community URL, with the room as its admin writes it', async () => {
    const url = `https://chat.example.org/lobby?public_key=${server.publicKey}`;
    const svg = await fetch(`${server.url}/r/LOBBY/invite.svg`);
    expect(svg.headers.get('content-type')).toBe('image/svg+xml');
    expect(await svg.text()).toBe(await toString(url, { type: 'svg', margin: 4 }));
    const png = await fetch(`${server.url}/r/lobby/invite.png`);
    expect(png.headers.get('content-type')).toBe('image/png');
    expect(Buffer.from(await png.arrayBuffer())).toEqual(await toBuffer(url, { width: 720, margin: 4 }));
  });
});

describe('a recording', () => {
  const wave = Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVEfmt '), Buffer.alloc(2_500_000, 7)]);
  const ask = (id: number, range?: string): Promise<Response> =>
    fetch(`${server.url}/r/lobby/media/${id}`, { headers: range === undefined ? {} : { range } });

  it('is sent in parts, as browsers ask for them', async () => {
    const id = await upload(wave, 'song.mp3');
    const first = await ask(id, 'bytes=0-');
    expect([first.status, first.headers.get('content-type'), first.headers.get('content-range')]).toEqual([
      206,
      'audio/wav',
      `bytes 0-1048575/${wave.length}`,
    ]);
    expect(first.headers.get('content-security-policy')).toContain('sandbox');
    const parts = [Buffer.from(await first.arrayBuffer())];
    for (let from = 1048576; from < wave.length; from += 1048576) {
      parts.push(Buffer.from(await (await ask(id, `bytes=${from}-`)).arrayBuffer()));
    }
    expect(Buffer.concat(parts).equals(wave)).toBe(true);
    expect(Buffer.from(await (await ask(id, 'bytes=-5')).arrayBuffer())).toEqual(wave.subarray(-5));
    expect((await ask(id)).status).toBe(206);
    const beyond = await ask(id, `bytes=${wave.length}-`);
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${wave.length}`]);
  });

  it('that is small is sent whole to clients that ask for no part', async () => {
    const id = await upload(wave.subarray(0, 2_000), 'voice.wav');
    const whole = await ask(id);
    expect(whole.status).toBe(200);
    expect(Buffer.from(await whole.arrayBuffer())).toEqual(wave.subarray(0, 2_000));
  });

  it.each([
    ['a page', '<!doctype html><script>alert(1)</script>'],
    ['a picture', PIXEL],
    ['nothing', ''],
  ])('is never %s', async (_what, content) => {
    const id = await upload(Buffer.from(content), 'voice.mp3');
    for (const range of [undefined, 'bytes=0-3']) expect([404, 416]).toContain((await ask(id, range)).status);
  });

  it('is of its own room only, and of none that not everyone may read', async () => {
    const id = await upload(wave.subarray(0, 2_000), 'a.wav', 'den');
    expect((await ask(id)).status).toBe(404);
    await server.sql(`UPDATE rooms SET default_read = false WHERE token = 'den'`);
    await eventually(async () => (await fetch(`${server.url}/r/den/media/${id}`)).status === 403);
    await server.sql(`UPDATE rooms SET default_read = true WHERE token = 'den'`);
    await eventually(async () => (await fetch(`${server.url}/r/den/media/${id}`)).status === 200);
  });
});

describe('a picture', () => {
  it('is recognized by its own bytes, whatever its name is', async () => {
    const id = await upload(PIXEL, 'page.html');
    const response = await fetch(`${server.url}/r/lobby/picture/${id}`);
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(response.headers.get('content-security-policy')).toContain('sandbox');
    expect(response.headers.get('cache-control')).toBe('private, max-age=300');
    expect(Buffer.from(await response.arrayBuffer())).toEqual(PIXEL);
  });

  it.each([
    ['a page', '<!doctype html><script>alert(1)</script>'],
    [
      'a drawing that can hold scripts',
      '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    ],
    ['nothing', ''],
  ])('is never %s', async (_what, content) => {
    const id = await upload(Buffer.from(content), 'picture.png');
    const response = await fetch(`${server.url}/r/lobby/picture/${id}`);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });

  it('that is large is not shown', async () => {
    const bytes = Buffer.concat([PIXEL, Buffer.alloc(3_000_001 - PIXEL.length)]);
    expect(
      (await fetch(`${server.url}/r/lobby/picture/${await upload(bytes.subarray(1), 'a.png')}`)).status,
    ).toBe(404);
    expect((await fetch(`${server.url}/r/lobby/picture/${await upload(bytes, 'b.png')}`)).status).toBe(404);
    const fitting = await upload(bytes.subarray(0, 3_000_000), 'c.png');
    expect((await fetch(`${server.url}/r/lobby/picture/${fitting}`)).status).toBe(200);
  });

  it('is of its own room only, and of none that not everyone may read', async () => {
    const id = await upload(PIXEL, 'a.png', 'den');
    expect((await fetch(`${server.url}/r/lobby/picture/${id}`)).status).toBe(404);
    expect((await fetch(`${server.url}/r/den/picture/${id}`)).status).toBe(200);
    await server.sql(`UPDATE rooms SET default_read = false WHERE token = 'den'`);
    await eventually(async () => (await fetch(`${server.url}/r/den/picture/${id}`)).status === 403);
  });

  it('of a room stands on its pages while everyone may read there', async () => {
    await server.addRoom('gallery');
    const id = await upload(PIXEL, 'a.png', 'gallery');
    await server.sql(`UPDATE rooms SET image_id = $1 WHERE token = 'gallery'`, [id]);
    const isShown = async (path: string): Promise<boolean> =>
      (await pageAt(server.url, path)).includes(`src="/r/gallery/picture/${id}"`);
    await eventually(() => isShown('/'));
    await eventually(() => isShown('/r/gallery'));
    await server.sql(`UPDATE rooms SET default_read = false WHERE token = 'gallery'`);
    await eventually(async () => !(await isShown('/')) && !(await isShown('/r/gallery')));
  });

  it.each(['x', '-1', '0', '999999999999999999999'])('with the id %s is not found', async (id) => {
    expect((await fetch(`${server.url}/r/lobby/picture/${id}`)).status).toBe(404);
  });
});
