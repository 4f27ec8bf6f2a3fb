import { randomBytes } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type SessionClient } from '../client/client.js';
import { metricsUrl, scrape } from '../metrics/scrape.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { describeWithStore, ObjectStore } from '../support/object-store.js';
import { Premises } from '../support/plaza-process.js';
import { startServer, type TestServer } from '../support/server.js';
import { StoreLine } from '../support/store-line.js';
import { uploadsOf } from './uploads-folder.js';

const LARGE = 9_000_000;

let store: ObjectStore;

describeWithStore('with an object store', () => {
  beforeAll(async () => {
    store = await ObjectStore.start();
  });

  afterAll(async () => {
    await store.end();
  });

  aServerWhoseStore();
  aServerThatStarts();
});

function aServerWhoseStore(): void {
  describe('a server whose store', () => {
    let line: StoreLine;
    let server: TestServer;
    let alice: SessionClient;
    let small: number;
    let large: number;
    let bytes: Buffer;

    beforeAll(async () => {
      line = await StoreLine.lay(store.endpoint);
      const env = {
        ...store.settings,
        S3_ENDPOINT: line.endpoint,
        METRICS_PORT: '0',
        POST_RATE_LIMIT: '1000',
      };
      server = await startServer({ env });
      const actors = new Actors(server, 'lobby', 'plain');
      ({ alice } = actors);
      small = await upload(Buffer.from('small'));
      bytes = randomBytes(LARGE);
      large = await upload(bytes);
      (await alice.postMessage('lobby', 'look', { files: [small, large] })).expect(201);
    });

    afterEach(async () => {
      line.release();
      await store.thaw().catch(() => undefined);
      await eventually(async () => (await alice.download('lobby', small)).status === 200);
    });

    afterAll(async () => {
      await server.stop();
      await line.end();
    });

    async function upload(content: Buffer): Promise<number> {
      return (await alice.upload('lobby', content)).expect(201).json.id;
    }

    /** Begins to download the large file as anybody may, over a connection of its own. */
    function begin(): Promise<IncomingMessage> {
      return new Promise((resolve, reject) => {
        const address = `${server.url}/room/lobby/file/${large}`;
        httpRequest(address, { agent: false }, resolve).on('error', reject).end();
      });
    }

    /** As a memory of the system: what a download that was cut short says. */
    async function outcomeOf(answer: IncomingMessage): Promise<string> {
      return buffer(answer).then(
        () => 'whole',
        () => 'cut short',
      );
    }

    async function meter(name: string): Promise<number> {
      return (await scrape(metricsUrl(server))).value(name);
    }

    it('is slow sends the first bytes of a download before the store has sent the last', async () => {
      line.hold('down', 300_000);
      const answer = await begin();
      expect(answer.statusCode).toBe(200);
      const first = await new Promise<Buffer>((resolve) => answer.once('data', resolve));
      expect(first.equals(bytes.subarray(0, first.length))).toBe(true);
      line.release();
      const rest = await buffer(answer);
      expect(Buffer.concat([first, rest]).equals(bytes)).toBe(true);
    });

    it('is slow closes its connection to the store when a client leaves, and keeps one for the next request', async () => {
      await eventually(async () => (await alice.download('lobby', small)).status === 200);
      for (let round = 0; round < 20; round++) {
        const answer = await begin();
        await new Promise((resolve) => answer.once('data', resolve));
        answer.destroy();
      }
      // One that waits for the next request remains.
      await eventually(() => line.connections <= 1);
      expect((await alice.download('lobby', large)).bytes.equals(bytes)).toBe(true);
      expect(line.connections).toBeLessThanOrEqual(1);
    });

    it('breaks off in the middle cuts the download short, and serves the next one whole', async () => {
      line.hold('down', 1_000_000);
      const answer = await begin();
      await new Promise((resolve) => answer.once('data', resolve));
      line.cut();
      expect(await outcomeOf(answer)).toBe('cut short');
      line.release();
      expect((await alice.download('lobby', large)).bytes.equals(bytes)).toBe(true);
    });

    it('stops in the middle ends the download in bounded time, and lets others go on', async () => {
      line.hold('down', 1_000_000);
      const answer = await begin();
      expect(await outcomeOf(answer)).toBe('cut short');
      line.release();
      expect((await alice.download('lobby', large)).bytes.equals(bytes)).toBe(true);
    });

    it('breaks off an upload answers 503, and leaves nothing on disk', async () => {
      line.hold('up', 1_000_000);
      const answer = alice.upload('lobby', bytes);
      await eventually(() => line.connections > 0);
      await eventually(async () => (await uploadsOf(server)).incoming.length === 1);
      // Again and again: what breaks off on a connection that was used before is sent once more.
      let isAnswered = false;
      const answered = answer.finally(() => (isAnswered = true));
      await eventually(() => {
        line.cut();
        return isAnswered;
      });
      line.release();
      const { status, headers } = await answered;
      expect([status, headers['retry-after']]).toEqual([503, '5']);
      await eventually(async () => (await uploadsOf(server)).incoming.length === 0);
    });

    it('is away answers 503 for its files and does all the rest, and recovers', async () => {
      await store.stop();
      const answers = [await alice.download('lobby', small), await alice.upload('lobby', Buffer.from('x'))];
      for (const { status, headers } of answers) expect([status, headers['retry-after']]).toEqual([503, '5']);
      (await alice.postMessage('lobby', 'still here')).expect(201);
      expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
      expect(await meter('plaza_storage_up')).toBe(0);
      await store.run();
      await eventually(async () => (await alice.download('lobby', small)).status === 200);
      expect(await meter('plaza_storage_up')).toBe(1);
    });

    it('accepts connections and never answers lets only some requests wait for it, and recovers', async () => {
      await store.freeze();
      const first = await Promise.all(Array.from({ length: 4 }, () => alice.download('lobby', small)));
      expect(first.map(({ status }) => status)).toEqual([503, 503, 503, 503]);
      const reached = line.bytes('up');
      const next = await Promise.all(Array.from({ length: 50 }, () => alice.download('lobby', small)));
      expect(new Set(next.map(({ status }) => status))).toEqual(new Set([503]));
      // One question at a time goes there meanwhile.
      expect(line.bytes('up') - reached).toBeLessThan(10_000);
    });

    it('has lost an object answers 404', async () => {
      const id = await upload(Buffer.from('gone'));
      const [row] = await server.sql('SELECT storage_key FROM files WHERE id = $1', [id]);
      await store.remove(`files/${String(row?.storage_key)}`);
      expect((await alice.download('lobby', id)).status).toBe(404);
    });
  });
}

function aServerThatStarts(): void {
  describe('a server that starts', () => {
    let premises: Premises;

    beforeAll(async () => {
      premises = await Premises.make();
    });

    afterAll(async () => {
      await premises.clear();
    });

    it.each([
      ['its bucket is missing', { S3_BUCKET: 'elsewhere' }, 'NoSuchBucket'],
      ['its secret is wrong', { S3_SECRET_ACCESS_KEY: 'wrong' }, 'SignatureDoesNotMatch'],
      ['a key is missing', { S3_ACCESS_KEY_ID: '' }, 'needs S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY'],
    ])('ends with one line when %s', async (_what, change, reason) => {
      const { code, stderr } = await premises.start({ ...store.settings, ...change }).ended;
      expect(code).toBe(1);
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect(stderr).toContain(reason);
      expect(stderr).not.toContain('testing');
    });

    it('starts with a warning when the store is away', async () => {
      const away = { ...store.settings, S3_ENDPOINT: 'http://127.0.0.1:1' } as Record<string, string>;
      const server = premises.start(away);
      expect((await fetch(`${await server.url()}/health/ready`)).status).toBe(200);
      expect(server.stdout).toContain('The object store fails');
      await server.end();
    });
  });
}
