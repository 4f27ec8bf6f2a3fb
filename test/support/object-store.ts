import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type * as signing from '../../src/files/storage/s3/s3-signature.js';
import { type Environment } from './community.js';
import { compiled } from './compiled.js';
import { findProgram } from './programs.js';

const RECIPE = fileURLToPath(new URL('object-store.sh', import.meta.url));
const PROGRAMS = ['swift-proxy-server', 'swift-object-server', 'memcached', 'bash'];
const PORTS = 5;
const BUCKET = 'plaza-test';

/** Whether a store can be started here. */
const isInstalled = PROGRAMS.every((name) => findProgram(name) !== undefined);

/** `describe` for suites that need an object store. They are skipped, by name, where its programs are not installed. */
export const describeWithStore = isInstalled ? describe : describe.skip;

/**
 * A real object store of a suite's own: OpenStack Swift with its S3 interface, which Debian has as packages (the head of
 * `object-store.sh` names them).
 *
 *     const store = await ObjectStore.start();
 *     const server = await openServer({ env: store.settings });
 *     …
 *     await store.end();                                    // in afterAll
 */
export class ObjectStore {
  /** Whether its programs are there. */
  static readonly isInstalled = isInstalled;

  private constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {}

  static async start(): Promise<ObjectStore> {
    const folder = await mkdtemp(join(tmpdir(), 'plaza-store-'));
    const store = new ObjectStore(folder, await freePorts());
    await store.run();
    await store.request('PUT', '', Buffer.alloc(0));
    return store;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The settings with which Plaza keeps its files here. */
  get settings(): Environment {
    return {
      S3_ENDPOINT: this.endpoint,
      S3_BUCKET: BUCKET,
      S3_ACCESS_KEY_ID: 'test:tester',
      S3_SECRET_ACCESS_KEY: 'testing',
    };
  }

  /** Ends the store's processes; what it holds stays. */
  async stop(): Promise<void> {
    await promisify(execFile)(RECIPE, ['stop', this.folder]);
  }

  /** Starts it again after {@link stop}. */
  async run(): Promise<void> {
    await promisify(execFile)(RECIPE, ['start', this.folder, String(this.port)]);
  }

  /** Lets it take connections and answer nothing, until {@link thaw}. */
  async freeze(): Promise<void> {
    process.kill(await this.proxy(), 'SIGSTOP');
  }

  async thaw(): Promise<void> {
    process.kill(await this.proxy(), 'SIGCONT');
  }

  /** Ends it and removes what it holds. */
  async end(): Promise<void> {
    await this.thaw().catch(() => undefined);
    await this.stop();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }

  /** Keys of all objects. */
  async keys(prefix = 'files/'): Promise<string[]> {
    const found: string[] = [];
    for (;;) {
      const query = { 'list-type': '2', prefix, 'start-after': found.at(-1) ?? '' };
      const { text } = await this.request('GET', '', undefined, query);
      found.push(...[...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = '']) => key));
      if (!text.includes('<IsTruncated>true')) return found;
    }
  }

  /** The bytes of an object; undefined when there is none. */
  async read(key: string): Promise<Buffer | undefined> {
    const { status, bytes } = await this.request('GET', key);
    return status === 200 ? bytes : undefined;
  }

  async write(key: string, bytes: Buffer): Promise<void> {
    await this.request('PUT', key, bytes);
  }

  async remove(key: string): Promise<void> {
    await this.request('DELETE', key);
  }

  private async request(
    method: string,
    key: string,
    body?: Buffer,
    query: Record<string, string> = {},
  ): Promise<{ status: number; text: string; bytes: Buffer }> {
    const { S3Signer, canonicalQuery } = await compiled<typeof signing>('files/storage/s3/s3-signature.js');
    const credentials = { region: 'us-east-1', accessKeyId: 'test:tester', secretAccessKey: 'testing' };
    const path = key === '' ? `/${BUCKET}` : `/${BUCKET}/${key}`;
    const headers = new S3Signer(credentials).headers(
      { method, host: `127.0.0.1:${this.port}`, path, query, headers: {}, payload: 'UNSIGNED-PAYLOAD' },
      Date.now(),
    );
    const search = canonicalQuery(query);
    const answer = await fetch(`${this.endpoint}${path}${search === '' ? '' : `?${search}`}`, {
      method,
      headers,
      ...(body && { body: new Uint8Array(body) }),
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (answer.status >= 400 && answer.status !== 404)
      throw new Error(`${answer.status} ${bytes.toString()}`);
    return { status: answer.status, text: bytes.toString(), bytes };
  }

  private async proxy(): Promise<number> {
    return Number(await readFile(join(this.folder, 'proxy.pid'), 'utf8'));
  }
}

/** The first of some ports in a row that nobody listens on. */
async function freePorts(): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 10_000);
    const free = await Promise.all(Array.from({ length: PORTS }, (_, index) => isFree(first + index)));
    if (free.every(Boolean)) return first;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
