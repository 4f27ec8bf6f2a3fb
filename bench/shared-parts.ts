import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { bodyOfBytes } from '../src/files/storage/s3/s3-body.js';
import { S3Client } from '../src/files/storage/s3/s3-client.js';
import { openEmbeddedPostgres } from '../src/foundation/database/embedded/embedded-postgres.js';
import { openRedis } from '../src/foundation/redis/open-redis.js';
import { createLogger } from '../src/foundation/logging/create-logger.js';
import { reservePort } from '../src/server/supervisor/reserve-port.js';

const HOST = '127.0.0.1';
const STORE_RECIPE = join(process.cwd(), 'test/support/object-store.sh');
/** The recipe takes five ports in a row. */
const STORE_PORTS = [27_100, 27_900] as const;
const BUCKET = 'plaza-bench';
const KEYS = { accessKeyId: 'test:tester', secretAccessKey: 'testing' };

/** A part that all machines of a community share. */
export interface SharedPart {
  /** The settings with which a machine finds it. */
  readonly settings: Readonly<Record<string, string>>;
  /** Its processes, each with all that it has started. */
  pids(): Promise<number[]>;
  stop(): Promise<void>;
}

/** Starts a PostgreSQL that counts statements, of the programs that Plaza brings, apart from any machine. */
export async function startPostgres(folder: string): Promise<SharedPart & { url: string }> {
  const log = await createLogger('error', { fd: 2, isTerminal: false });
  const first = await openEmbeddedPostgres({ dataDir: folder, log });
  await query(first.url, "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'");
  await first.stop();
  const postgres = await openEmbeddedPostgres({ dataDir: folder, log });
  const { url } = postgres;
  await query(url, 'CREATE EXTENSION pg_stat_statements');
  const pidFile = join(folder, 'postgres/cluster/postmaster.pid');
  return {
    url,
    settings: { DATABASE_URL: url },
    pids: async () => [Number.parseInt(await readFile(pidFile, 'utf8'), 10)],
    stop: () => postgres.stop(),
  };
}

/** Starts Debian's `redis-server` with nothing in it. */
export async function startRedis(folder: string): Promise<SharedPart> {
  const port = await reservePort(HOST);
  const options = { bind: HOST, port, dir: folder, save: '', appendonly: 'no' };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn('redis-server', args, { stdio: 'ignore' });
  const url = `redis://${HOST}:${port}`;
  const redis = await openRedis(url);
  if (redis.status !== 'ready') {
    await Promise.race([
      new Promise((resolve) => redis.once('ready', resolve)),
      failed(child, 'redis-server'),
    ]);
  }
  redis.disconnect();
  return {
    settings: { REDIS_URL: url },
    pids: () => Promise.resolve([child.pid ?? 0]),
    stop: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** Starts the object store of the tests (Swift with its S3 interface, from Debian's packages) with an empty bucket. */
export async function startStore(folder: string): Promise<SharedPart> {
  const [lowest, highest] = STORE_PORTS;
  const port = lowest + 5 * Math.floor((Math.random() * (highest - lowest)) / 5);
  await promisify(execFile)(STORE_RECIPE, ['start', folder, String(port)]);
  const endpoint = `http://${HOST}:${port}`;
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    bucket: BUCKET,
    forcePathStyle: true,
    ...KEYS,
  });
  await client.put('', await bodyOfBytes(Buffer.alloc(0)));
  client.close();
  return {
    settings: {
      S3_ENDPOINT: endpoint,
      S3_BUCKET: BUCKET,
      S3_ACCESS_KEY_ID: KEYS.accessKeyId,
      S3_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    },
    pids: async () => {
      const files = (await readdir(folder)).filter((name) => name.endsWith('.pid'));
      return Promise.all(files.map(async (name) => Number(await readFile(join(folder, name), 'utf8'))));
    },
    stop: async () => {
      await promisify(execFile)(STORE_RECIPE, ['stop', folder]);
    },
  };
}

async function query(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(statement);
  await client.end();
}

/** Rejects when a program can't be started or ends before it was ready. */
async function failed(child: ChildProcess, name: string): Promise<never> {
  const reason = await new Promise((resolve) => {
    child.once('error', resolve);
    child.once('exit', resolve);
  });
  throw new Error(`${name} did not start: ${String(reason)}`);
}
