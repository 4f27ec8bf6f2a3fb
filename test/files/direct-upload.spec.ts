import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { startServer, type TestServer } from '../support/server.js';
import { RawUpload } from './raw-upload.js';
import { uploadsOf } from './uploads-folder.js';

const LIMIT = 8_000_000;

describe('an upload straight over HTTP', () => {
  let server: TestServer;
  let alice: SessionClient;
  let anonymous: SessionClient;
  let finishedBefore: number;

  beforeAll(async () => {
    server = await startServer({ env: { UPLOAD_MAX_BYTES: String(LIMIT) } });
    ({ alice, anonymous } = new Actors(server, 'lobby', 'plain'));
    (await alice.room('lobby')).expect(200);
  });

  afterAll(async () => {
    await server.stop();
  });

  beforeEach(async () => {
    finishedBefore = (await uploadsOf(server)).finished.length;
  });

  /** Neither half a file nor a whole one came to stay, and nobody was alarmed. */
  async function expectNothingLeft(): Promise<void> {
    await eventually(async () => (await uploadsOf(server)).incoming.length === 0);
    expect((await uploadsOf(server)).finished).toHaveLength(finishedBefore);
    expect(server.log()).not.toContain('A request failed');
  }

  it('is on disk while it arrives, and complete when its signature is checked', async () => {
    const body = randomBytes(1_000_000);
    const upload = await RawUpload.start(server, alice, body);
    upload.send(body.subarray(0, 600_000));
    await eventually(async () => (await uploadsOf(server)).incoming.length === 1);
    const { status, text } = await upload.send(body.subarray(600_000)).answer();
    expect(status).toBe(201);
    const { id } = JSON.parse(text) as { id: number };
    expect((await alice.download('lobby', id)).bytes.equals(body)).toBe(true);
    expect((await uploadsOf(server)).incoming).toEqual([]);
  });

  it('may come in chunks without a length', async () => {
    const body = Buffer.from('abcdef');
    const headers = { 'Content-Length': undefined, 'Transfer-Encoding': 'chunked' };
    const upload = await RawUpload.start(server, alice, body, { headers });
    const { status, text } = await upload.send(Buffer.from('3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n')).answer();
    expect(status).toBe(201);
    expect((await alice.download('lobby', (JSON.parse(text) as { id: number }).id)).text).toBe('abcdef');
  });

  it('may have its name as raw UTF-8', async () => {
    const headers = { 'Content-Disposition': 'attachment; filename="日本🎂.txt"' };
    const upload = await RawUpload.start(server, alice, Buffer.from('x'), { headers });
    const { text } = await upload.send(Buffer.from('x')).answer();
    const download = await alice.download('lobby', (JSON.parse(text) as { id: number }).id);
    expect(download.headers['content-disposition']).toBe(
      "attachment; filename*=UTF-8''%E6%97%A5%E6%9C%AC%F0%9F%8E%82.txt",
    );
  });

  it.each([
    [
      'an anonymous one',
      401,
      {
        'X-SOGS-Pubkey': undefined,
        'X-SOGS-Nonce': undefined,
        'X-SOGS-Timestamp': undefined,
        'X-SOGS-Signature': undefined,
      },
    ],
    ['one with half its headers', 400, { 'X-SOGS-Nonce': undefined }],
    ['one with a key that is none', 400, { 'X-SOGS-Pubkey': `15${'ff'.repeat(32)}` }],
    ['one with a key that is not blinded', 400, { 'X-SOGS-Pubkey': `00${'66'.repeat(32)}` }],
    ['one from another day', 425, { 'X-SOGS-Timestamp': '1500000000' }],
    ['one that announces too much', 413, { 'Content-Length': String(LIMIT + 1) }],
  ])('is refused before its body comes: %s', async (_what, status, headers) => {
    const upload = await RawUpload.start(server, alice, Buffer.alloc(1000), { headers });
    expect((await upload.answer()).status).toBe(status);
    upload.abort();
    await expectNothingLeft();
  });

  it('is refused as soon as it is too large, and its sender can still read the reason', async () => {
    const headers = { 'Content-Length': undefined, 'Transfer-Encoding': 'chunked' };
    const upload = await RawUpload.start(server, alice, Buffer.alloc(1), { headers });
    const chunk = Buffer.concat([Buffer.from('f4240\r\n'), Buffer.alloc(1_000_000), Buffer.from('\r\n')]);
    for (let sent = 0; sent <= LIMIT; sent += 1_000_000) upload.send(chunk);
    const { status, text } = await upload.answer();
    expect(status).toBe(413);
    expect(text).toContain(String(LIMIT));
    upload.abort();
    await expectNothingLeft();
  });

  it('does not block its connection when it is refused half way', async () => {
    const headers = { 'Content-Length': undefined, 'Transfer-Encoding': 'chunked' };
    const upload = await RawUpload.start(server, alice, Buffer.alloc(1), { headers });
    const chunk = Buffer.concat([Buffer.from('f4240\r\n'), Buffer.alloc(1_000_000), Buffer.from('\r\n')]);
    for (let sent = 0; sent <= 2 * LIMIT; sent += 1_000_000) upload.send(chunk);
    expect((await upload.answer()).status).toBe(413);
    upload.send(Buffer.from('0\r\n\r\nGET /capabilities HTTP/1.1\r\nHost: test\r\n\r\n'));
    await eventually(async () => (await upload.answer()).text.includes('"sogs"'));
    upload.abort();
  });

  it('gets its refusal although the body is large and sent at once', async () => {
    const large = Buffer.alloc(3 * LIMIT);
    expect((await alice.upload('lobby', large)).status).toBe(413);
    expect((await anonymous.upload('lobby', large)).status).toBe(401);
    await expectNothingLeft();
  });

  it('leaves nothing behind when its sender goes away', async () => {
    const body = randomBytes(500_000);
    const uploads = await Promise.all(Array.from({ length: 10 }, () => RawUpload.start(server, alice, body)));
    for (const upload of uploads) upload.send(body.subarray(0, 400_000));
    await eventually(async () => (await uploadsOf(server)).incoming.length === 10);
    for (const upload of uploads) upload.abort();
    await expectNothingLeft();
  });

  it('leaves nothing behind when its bytes differ from the signed ones', async () => {
    const body = randomBytes(100_000);
    const changed = Buffer.from(body);
    changed.writeUInt8(body.readUInt8(50_000) ^ 1, 50_000);
    const upload = await RawUpload.start(server, alice, body);
    expect((await upload.send(changed).answer()).status).toBe(401);
    const wrong = await alice.post('/room/lobby/file', body, {
      auth: { signInstead: { path: '/room/x/file' } },
    });
    expect(wrong.status).toBe(401);
    await expectNothingLeft();
  });

  it('counts once: the same request again gets its answer, and another one under its nonce is refused', async () => {
    const auth = { nonce: randomBytes(16), timestamp: Math.floor(Date.now() / 1000) };
    const first = (await alice.post('/room/lobby/file', Buffer.from('a'), { auth })).expect(201);
    finishedBefore++;
    const again = await alice.post('/room/lobby/file', Buffer.from('a'), { auth });
    expect(again.expect(201).json).toEqual(first.json);
    expect((await alice.post('/room/lobby/file', Buffer.from('b'), { auth })).status).toBe(425);
    await expectNothingLeft();
  });

  it('leaves nothing behind where its sender may not upload', async () => {
    expect((await alice.upload('nowhere', randomBytes(1000))).status).toBe(404);
    await expectNothingLeft();
  });

  it('takes little memory, however many come at once', async () => {
    const body = randomBytes(LIMIT);
    const worker = await workerOf(server);
    const before = await peakMemory(worker);
    const replies = await Promise.all(Array.from({ length: 16 }, () => alice.upload('lobby', body)));
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 201));
    // All of them together are 128 MB.
    expect((await peakMemory(worker)) - before).toBeLessThan(80_000_000);
  });

  it('is refused with the reason when the disk is full and leaves nothing behind, and so is one through an onion request', async () => {
    const worker = await workerOf(server);
    const byOnion = new Actors(server).bob;
    (await byOnion.room('lobby')).expect(200);
    // A limit on the size of files fails a write as a full disk does, for every user of the system.
    await limitFileSize(worker, '100000:');
    try {
      expect((await alice.upload('lobby', randomBytes(200_000))).status).toBe(507);
      expect((await byOnion.upload('lobby', randomBytes(200_000))).status).toBe(507);
      await expectNothingLeft();
      expect((await alice.upload('lobby', randomBytes(50_000))).status).toBe(201);
    } finally {
      await limitFileSize(worker, 'unlimited:');
    }
    expect((await alice.upload('lobby', randomBytes(200_000))).status).toBe(201);
  });
});

/** The process id of the one worker below the server. */
async function workerOf(server: TestServer): Promise<number> {
  const children = await readFile(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8');
  return Number(children.trim().split(' ')[0]);
}

/** The most memory that a process has held so far, in bytes. */
async function peakMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

async function limitFileSize(pid: number, limit: string): Promise<void> {
  await promisify(execFile)('prlimit', ['--pid', String(pid), `--fsize=${limit}`]);
}
