import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Redis } from 'ioredis';
import type * as opening from '../../src/foundation/redis/open-redis.js';
import type * as reserving from '../../src/server/supervisor/reserve-port.js';
import { compiled } from './compiled.js';
import { eventually } from './eventually.js';
import { findProgram } from './programs.js';

const HOST = '127.0.0.1';

const program = findProgram('redis-server');

/** As `describe`, for tests with a Redis; where `redis-server` is not installed, they are reported as skipped. */
export const describeWithRedis = program !== undefined ? describe : describe.skip;

/**
 * Starts a Redis of a suite's own, empty, on a free port and without files but for a folder that it removes.
 *
 *     const redis = await startRedis();
 *     const server = await openServer({ env: { REDIS_URL: redis.url } });
 *     …
 *     await redis.stop();                                  // in afterAll
 */
export async function startRedis(): Promise<TestRedis> {
  const { reservePort } = await compiled<typeof reserving>('server/supervisor/reserve-port.js');
  const folder = await mkdtemp(join(tmpdir(), 'plaza-redis-'));
  const redis = new TestRedis(await reservePort(HOST), folder);
  await redis.start();
  return redis;
}

/** A Redis that goes away, freezes and comes back when a test says so. */
export class TestRedis {
  private process: ChildProcess | undefined;

  /** Use `startRedis`. */
  constructor(
    private readonly port: number,
    private readonly folder: string,
  ) {}

  /** For REDIS_URL. */
  get url(): string {
    return `redis://${HOST}:${this.port}`;
  }

  /** Starts it again after `kill`, with nothing in it, and waits until it answers. */
  async start(): Promise<void> {
    const options = { bind: HOST, port: this.port, dir: this.folder, save: '', appendonly: 'no' };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    if (program === undefined) throw new Error('redis-server is not installed');
    this.process = spawn(program, args, { stdio: 'ignore' });
    (await this.connect()).disconnect();
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    const child = this.process;
    this.process = undefined;
    if (!child) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** Stops its process: connections stay and nothing is answered, until `thaw`. */
  freeze(): void {
    this.process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.process?.kill('SIGCONT');
  }

  /**
   * Listens to what all clients send. The monitor of ioredis may take the first lines for answers to what it has asked itself.
   * @returns a line for each command, as Redis writes them, and what ends it
   */
  async listen(): Promise<{ lines: string[]; end: () => void }> {
    const socket = connect(this.port, HOST);
    const lines: string[] = [];
    let rest = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const complete = (rest + text).split('\r\n');
      rest = complete.pop() ?? '';
      lines.push(...complete);
    });
    await once(socket, 'connect');
    socket.write('MONITOR\r\n');
    await eventually(() => lines.includes('+OK'));
    return { lines, end: () => socket.destroy() };
  }

  /** A connection of the test's own, to be ended with `disconnect`. */
  async connect(): Promise<Redis> {
    const { openRedis } = await compiled<typeof opening>('foundation/redis/open-redis.js');
    const client = await openRedis(this.url);
    if (client.status !== 'ready') await new Promise((resolve) => client.once('ready', resolve));
    return client;
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}
