import { randomBytes } from 'node:crypto';
import { type BatchRequest } from '../client/types.js';
import { type Transport } from '../client/requester.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { uploadsOf } from './uploads-folder.js';

const LIMIT = 3_000_000;
const WAYS: Transport[] = ['plain', 'onion-v4-xchacha20', 'onion-v4-unnamed'];

describe('files', () => {
  let server: OpenServer;
  const actors = {} as Record<Transport, Actors>;

  beforeAll(async () => {
    server = await openServer({ env: { UPLOAD_MAX_BYTES: String(LIMIT) } });
    for (const way of WAYS) actors[way] = new Actors(server, 'lobby', way);
    for (const room of ['garden', 'closed', 'hidden', 'silent']) await server.addRoom(room);
    await server.sql(`UPDATE rooms SET default_upload = false WHERE token = 'closed'`);
    await server.sql(`UPDATE rooms SET default_write = false WHERE token = 'silent'`);
    await server.sql(
      `UPDATE rooms SET default_read = false, default_accessible = false WHERE token = 'hidden'`,
    );
    await eventually(async () => (await actors.plain.alice.room('hidden')).status === 404);
  });

  afterAll(async () => {
    await server.stop();
  });

  describe.each(WAYS)('by way of %s', (way) => {
    it('come back with the bytes, name, time and end that they were uploaded with', async () => {
      const { alice } = actors[way];
      const bytes = randomBytes(200_000);
      const before = Math.floor(Date.now() / 1000);
      const { id } = (await alice.upload('lobby', bytes, 'holiday 🎂.jpg')).expect(201).json;
      const download = (await alice.download('lobby', id)).expect(200);
      expect(download.bytes.equals(bytes)).toBe(true);
      expect(download.headers).toMatchObject({
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename*=UTF-8''holiday%20%F0%9F%8E%82.jpg`,
        'x-content-type-options': 'nosniff',
      });
      const uploaded = Date.parse(download.headers.date ?? '') / 1000;
      expect(uploaded).toBeGreaterThanOrEqual(before);
      expect(uploaded).toBeLessThanOrEqual(before + 20);
      expect(Date.parse(download.headers.expires ?? '') / 1000 - uploaded).toBeCloseTo(3600, -1);
      expect(download.headers['content-length']).toBe(way === 'plain' ? '200000' : undefined);
    });

    // In an onion request they are sealed whole, sealed whole and sent in pieces, and sealed piece by piece.
    it.each([100_000, 1_000_000, LIMIT])('of %d bytes come back whole, several at once', async (size) => {
      const { alice } = actors[way];
      const bytes = randomBytes(size);
      const { id } = (await alice.upload('lobby', bytes)).expect(201).json;
      const downloads = await Promise.all(Array.from({ length: 10 }, () => alice.download('lobby', id)));
      for (const download of downloads) expect(download.expect(200).bytes.equals(bytes)).toBe(true);
    });

    it('need no name and no bytes', async () => {
      const { id } = (await actors[way].alice.upload('lobby', Buffer.alloc(0))).expect(201).json;
      const download = (await actors[way].alice.download('lobby', id)).expect(200);
      expect(download.headers['content-disposition']).toBe('attachment');
      expect(download.bytes).toHaveLength(0);
    });

    it('may be asked for under any name, and are found by id alone', async () => {
      const { alice } = actors[way];
      const { id } = (await alice.upload('lobby', Buffer.from('abc'))).expect(201).json;
      expect((await alice.get(`/room/LOBBY/file/${id}/any%20name.txt`)).text).toBe('abc');
      expect((await alice.get(`/room/lobby/file/0${id}`)).text).toBe('abc');
      for (const path of [`${id}/`, `${id}/a/b`, 'abc', '-1', '', '99999999999999999999999', `${id}x`]) {
        expect((await alice.get(`/room/lobby/file/${path}`)).status).toBe(404);
      }
      expect((await alice.get(`/room/garden/file/${id}`)).status).toBe(404);
      expect((await alice.get(`/room/nowhere/file/${id}`)).status).toBe(404);
    });

    it.each([
      ['a path', `attachment; filename="../../etc/passwd"`, '..%EF%BF%BD..%EF%BF%BDetc%EF%BF%BDpasswd'],
      ['an absolute path', `attachment; filename*=UTF-8''%2Fetc%2Fpasswd`, '%EF%BF%BDetc%EF%BF%BDpasswd'],
      ['NUL', `attachment; filename*=UTF-8''a%00.txt`, 'a%EF%BF%BD.txt'],
      [
        'control characters',
        `attachment; filename*=UTF-8''a%0D%0AX-Evil%3A%201%1b`,
        'a%0D%0AX-Evil%3A%201%1B',
      ],
      ['quotes', `attachment; filename="say \\"hi\\".txt"`, 'say%20%22hi%22.txt'],
      ['a broken escape', `attachment; filename*=UTF-8''100%zz%`, '100%25zz%25'],
      ['bytes that are no UTF-8', `attachment; filename*=UTF-8''%FF.txt`, '%EF%BF%BD.txt'],
      ['a change of direction', `attachment; filename*=UTF-8''%E2%80%AEgpj.exe`, '%E2%80%AEgpj.exe'],
      ['5000 letters', `attachment; filename="${'x'.repeat(5000)}"`, 'x'.repeat(1024)],
      [
        'an SQL text',
        `attachment; filename="'); DROP TABLE files; --"`,
        '%27%29%3B%20DROP%20TABLE%20files%3B%20--',
      ],
    ])('may have a name with %s, which is only data', async (_what, header, name) => {
      const { alice } = actors[way];
      const options = { headers: { 'Content-Disposition': header } };
      const reply = (await alice.post('/room/lobby/file', Buffer.from('x'), options)).expect(201);
      const download = await alice.download('lobby', (reply.json as { id: number }).id);
      expect(download.headers['content-disposition']).toBe(`attachment; filename*=UTF-8''${name}`);
    });

    it('are delivered as bytes, whatever type they claim to have', async () => {
      for (const type of ['image/png', 'text/html; charset=utf-8', 'application/json', 'image', ';;', '']) {
        const headers = { 'Content-Type': type };
        const reply = await actors[way].alice.post('/room/lobby/file', Buffer.from('{'), { headers });
        const { id } = reply.expect(201).json as { id: number };
        const download = await actors[way].alice.download('lobby', id);
        expect(download.headers['content-type']).toBe('application/octet-stream');
      }
    });

    it('may be as large as the limit and not one byte larger', async () => {
      const { alice } = actors[way];
      const before = await uploadsOf(server);
      const { id } = (await alice.upload('lobby', randomBytes(LIMIT))).expect(201).json;
      expect((await alice.download('lobby', id)).bytes).toHaveLength(LIMIT);
      const refused = await alice.upload('lobby', randomBytes(LIMIT + 1));
      expect(refused.status).toBe(413);
      expect(refused.text).toContain(String(LIMIT));
      const after = await uploadsOf(server);
      expect(after.finished).toHaveLength(before.finished.length + 1);
      expect(after.incoming).toEqual([]);
    });

    it('are refused from people who may not upload, and nothing is kept of them', async () => {
      const { alice, anonymous } = actors[way];
      const before = await uploadsOf(server);
      const bytes = Buffer.from('abc');
      expect((await anonymous.upload('lobby', bytes)).status).toBe(401);
      expect((await alice.upload('closed', bytes)).status).toBe(403);
      expect((await alice.upload('silent', bytes)).status).toBe(403);
      expect((await alice.upload('hidden', bytes)).status).toBe(404);
      expect((await alice.upload('nowhere', bytes)).status).toBe(404);
      expect((await alice.upload('no+token', bytes)).status).toBe(404);
      expect((await alice.get('/room/lobby/file')).status).toBe(405);
      expect(await uploadsOf(server)).toEqual(before);
    });

    it('can be read, once posted, by everybody who may read, known or not', async () => {
      const mod = await actors[way].staff(`mod of hidden ${way}`, { in: 'hidden' });
      const { alice, anonymous } = actors[way];
      const shared = (await alice.upload('lobby', Buffer.from('abc'))).expect(201).json.id;
      (await alice.postMessage('lobby', 'look', { files: [shared] })).expect(201);
      expect((await anonymous.download('lobby', shared)).text).toBe('abc');
      const secret = (await mod.upload('hidden', Buffer.from('def'))).expect(201).json.id;
      (await mod.postMessage('hidden', 'look', { files: [secret] })).expect(201);
      expect((await mod.download('hidden', secret)).text).toBe('def');
      expect((await alice.download('hidden', secret)).status).toBe(404);
      expect((await anonymous.download('hidden', secret)).status).toBe(404);
    });
  });

  it('can be uploaded and downloaded in a batch, as base64', async () => {
    const { alice } = actors.plain;
    const bytes = randomBytes(1000);
    const headers = { 'Content-Disposition': `attachment; filename*=UTF-8''b.txt` };
    const uploads = [
      { method: 'POST', path: '/room/lobby/file', headers, b64: bytes.toString('base64') },
      { method: 'POST', path: '/room/lobby/file', bytes: 'text ü' },
      { method: 'POST', path: '/room/lobby/file', json: { a: 1 } },
      { method: 'POST', path: '/room/closed/file', bytes: 'abc' },
    ] as BatchRequest[];
    const replies = (await alice.batch(uploads)).expect(200).json;
    expect(replies.map(({ code }) => code)).toEqual([201, 201, 201, 403]);
    const downloads = replies.slice(0, 3).map(({ body }): BatchRequest => ({
      method: 'GET',
      path: `/room/lobby/file/${(body as { id: number }).id}`,
    }));
    const [first, second, third] = (await alice.batch(downloads)).expect(200).json;
    expect(first).toMatchObject({
      code: 200,
      headers: {
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename*=UTF-8''b.txt`,
      },
      body: bytes.toString('base64'),
    });
    expect(second?.body).toBe(Buffer.from('text ü').toString('base64'));
    expect(third?.body).toBe(Buffer.from('{"a":1}').toString('base64'));
  });

  it('that are missing on disk are not found', async () => {
    const { alice } = actors.plain;
    const { id } = (await alice.upload('lobby', Buffer.from('abc'))).expect(201).json;
    await server.sql(`UPDATE files SET storage_key = $2 WHERE id = $1`, [id, '0'.repeat(32)]);
    expect((await alice.download('lobby', id)).status).toBe(404);
  });
});
