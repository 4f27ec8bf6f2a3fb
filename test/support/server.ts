import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Pool } from 'pg';
import { SessionClient } from '../client/client.js';
import { type Identity } from '../client/identity.js';
import { type SessionClientOptions, type Transport } from '../client/requester.js';
import { sodium } from '../client/sodium.js';
import { MovedClock } from './clocks.js';
import { createDatabase, type TestDatabase } from './database.js';
import { type MemoryCgroup } from './memory-cgroup.js';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const START_TIMEOUT_MS = 40_000;
const STOP_TIMEOUT_MS = 20_000;
const LOG_KEPT_CHARS = 400_000;

/** Settings by their name in the environment; undefined leaves one at the server's default. */
export type Environment = Record<string, string | undefined>;

export interface ServerOptions {
  env?: Environment;
  /** Worker processes; 1 by default. */
  workers?: number;
  /** How many descriptors (connections and files) each of its processes may have; as many as the tests by default. */
  descriptors?: number;
  /** Bounds the memory of all its processes; the tests' own bounds by default. */
  cgroup?: MemoryCgroup;
  /** Whether {@link TestServer.clock} can be moved. */
  movableClock?: boolean;
  /** To serve instead of a fresh one; the server's `stop` drops it. */
  database?: TestDatabase;
}

/** What a command left behind. */
export interface CommandResult {
  /** Exit code; -1 when a signal ended it. */
  code: number;
  stdout: string;
  stderr: string;
}

/** Where and as what someone becomes staff through `plaza mod add`. */
export interface Appointment {
  /** A room's token, or `'global'` for all rooms. */
  in: string;
  admin?: boolean;
  /** Hidden or visible; the server's default (rooms visible, global hidden) when left out. */
  hidden?: boolean;
}

/**
 * Starts a compiled server of its own on a free port, with a fresh database and data folder, and waits until it is
 * ready. Throws with the server's log when it does not get there.
 *
 *     const server = await startServer({ env: { POST_RATE_LIMIT: '1000' } });
 *     const alice = server.client(new Identity());
 *     …
 *     await server.stop();                                  // in afterAll
 */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const server = await installServer(options);
  try {
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

/** As {@link startServer}, but it has never been started: for commands that come before. */
export async function installServer(options: ServerOptions = {}): Promise<TestServer> {
  const { env = {}, workers = 1, database = await createDatabase() } = options;
  const dataDir = await mkdtemp(join(tmpdir(), 'plaza-test-'));
  // An embedded PostgreSQL that root starts runs as another user, who has to get in.
  await chmod(dataDir, 0o711);
  const clock = options.movableClock
    ? await MovedClock.make(database.url, join(dataDir, 'clock'))
    : undefined;
  const settings = {
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    HOST: '127.0.0.1',
    PORT: '0',
    WORKERS: String(workers),
    ...clock?.environment,
    ...env,
  };
  return new TestServer(database, dataDir, settings, options, clock);
}

/** A running server process and the means to look at it from all sides. */
export class TestServer {
  /** Such as `http://127.0.0.1:40123`; stays the same over a restart. */
  url = '';
  /** X25519, 64 hex digits. */
  publicKey = '';

  private child: ChildProcess | undefined;
  private output = '';
  private pool: Pool | undefined;
  private readonly clients: SessionClient[] = [];

  /** Use `startServer` or `installServer`. */
  constructor(
    readonly database: TestDatabase,
    readonly dataDir: string,
    private env: Environment,
    private readonly bounds: Pick<ServerOptions, 'descriptors' | 'cgroup'> = {},
    private readonly movedClock?: MovedClock,
  ) {}

  /** The time that the server goes by, for a server that was started with `movableClock`. */
  get clock(): MovedClock {
    if (!this.movedClock) throw new Error('start the server with movableClock');
    return this.movedClock;
  }

  /**
   * A client of this server; anonymous without an identity. The server's `stop` closes it.
   *
   *     server.client(new Identity())                         // onion v4, xchacha20
   *     server.client(undefined, 'plain')
   *     server.client(alice, 'onion-v3', { blinded: false })
   */
  client(
    identity?: Identity,
    transport?: Transport,
    options: Pick<SessionClientOptions, 'blinded'> = {},
  ): SessionClient {
    const client = new SessionClient({
      serverUrl: this.url,
      serverPublicKey: this.publicKey,
      identity,
      clock: this.movedClock,
      ...(transport && { transport }),
      ...options,
    });
    this.clients.push(client);
    return client;
  }

  /** Runs the `plaza` command with the server's settings, beside the running server. */
  async plaza(...args: string[]): Promise<CommandResult> {
    const child = this.startPlaza(...args);
    const result = { code: -1, stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (result.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (result.stderr += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { ...result, code: code ?? -1 };
  }

  /** Starts the `plaza` command, for tests that do not wait for its end. */
  startPlaza(...args: string[]): ChildProcessByStdio<null, Readable, Readable> {
    return spawn(process.execPath, [join(PROJECT, 'bin/plaza.js'), ...args], this.spawnOptions());
  }

  /** Creates a room by `plaza room add`; its name is the token unless another is given. */
  async addRoom(
    token: string,
    { name = token, description }: { name?: string; description?: string } = {},
  ): Promise<void> {
    const described = description === undefined ? [] : ['--description', description];
    await this.mustPlaza('room', 'add', token, '--name', name, ...described);
  }

  /** Appoints someone, known by their `05…` ID, by `plaza mod add`. */
  async addModerator(identity: Identity, { in: where, admin, hidden }: Appointment): Promise<void> {
    const scope = where === 'global' ? ['--global'] : ['--room', where];
    const visibility = hidden === undefined ? [] : [hidden ? '--hidden' : '--visible'];
    await this.mustPlaza(
      'mod',
      'add',
      identity.sessionId,
      ...scope,
      ...(admin ? ['--admin'] : []),
      ...visibility,
    );
  }

  /** Asks the server's database directly. The rows come as `pg` reads them: bigint as text, bytea as Buffer. */
  async sql(query: string, parameters: unknown[] = []): Promise<Record<string, unknown>[]> {
    this.pool ??= this.openPool();
    return (await this.pool.query<Record<string, unknown>>(query, parameters)).rows;
  }

  private openPool(): Pool {
    const pool = new Pool({ connectionString: this.database.url, max: 2 });
    // Its end does not wait until connections are closed, and dropping the database may get to them first.
    pool.on('error', () => undefined);
    return pool;
  }

  /** What the server wrote to standard output and error, over all its starts. */
  log(): string {
    return this.output;
  }

  /** Process id of the running server; with several workers that of their parent. */
  get pid(): number {
    const pid = this.child?.pid;
    if (pid === undefined) throw new Error('the server is not running');
    return pid;
  }

  /** Sends a signal to the server process and waits until it is gone. Its data stays, see `restart`. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { child } = this;
    if (!child) return;
    this.child = undefined;
    this.clients.forEach((client) => {
      client.close();
    });
    const gone = hasExited(child) ? Promise.resolve() : once(child, 'exit');
    child.kill(signal);
    const inTime = await Promise.race([gone.then(() => true), sleep(STOP_TIMEOUT_MS, false, { ref: false })]);
    if (!inTime) {
      child.kill('SIGKILL');
      throw new Error(`the server did not end in ${STOP_TIMEOUT_MS} ms after ${signal}\n${this.output}`);
    }
    await this.portIsClosed();
  }

  /** Workers outlive a parent that was killed by some milliseconds, in which they still hold the port. */
  private async portIsClosed(): Promise<void> {
    const deadline = Date.now() + STOP_TIMEOUT_MS;
    while (this.url !== '' && (await accepts(this.url))) {
      if (Date.now() > deadline) throw new Error(`the server was killed but still answers\n${this.output}`);
      await sleep(20);
    }
  }

  /** Starts the server again, after `kill` or else after a clean stop, on its data and port, with other settings if given. */
  async restart(env: Environment = {}): Promise<void> {
    await this.kill('SIGTERM');
    this.env = { ...this.env, PORT: new URL(this.url).port, ...env };
    await this.start();
  }

  /** Ends the server with SIGTERM and removes its database and data folder. */
  async stop(): Promise<void> {
    try {
      await this.kill('SIGTERM');
    } finally {
      await this.pool?.end();
      await this.database.drop();
      await rm(this.dataDir, { recursive: true, force: true });
    }
  }

  /** Use `startServer` or `restart`. */
  async start(): Promise<void> {
    const addressFile = join(this.dataDir, 'server.json');
    await rm(addressFile, { force: true });
    const main = join(PROJECT, 'dist/server/main.js');
    const { descriptors, cgroup } = this.bounds;
    const steps = [
      ...(descriptors === undefined ? [] : [`ulimit -n ${descriptors}`]),
      ...(cgroup ? [`echo $$ > '${cgroup.entrance}'`] : []),
      'exec "$0" "$1"',
    ];
    const child = spawn('sh', ['-c', steps.join(' && '), process.execPath, main], this.spawnOptions());
    this.child = child;
    const keep = (chunk: Buffer): void => {
      this.output = (this.output + chunk.toString()).slice(-LOG_KEPT_CHARS);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await this.becameReady(addressFile))) {
      if (hasExited(child)) throw new Error(`the server ended while starting\n${this.output}`);
      if (Date.now() > deadline) throw new Error(`the server was not ready in time\n${this.output}`);
      await sleep(50);
    }
    const keyFile = this.env.SERVER_KEY_FILE ?? join(this.dataDir, 'key_x25519');
    this.publicKey = Buffer.from(sodium.crypto_scalarmult_base(await readFile(keyFile))).toString('hex');
  }

  private async becameReady(addressFile: string): Promise<boolean> {
    try {
      const { url } = JSON.parse(await readFile(addressFile, 'utf8')) as { url: string };
      this.url = url;
      return (await fetch(`${url}/health/ready`)).status === 200;
    } catch {
      // No file yet, a file half written, or a server that does not listen yet: not ready in each case.
      return false;
    }
  }

  private async mustPlaza(...args: string[]): Promise<void> {
    const { code, stdout, stderr } = await this.plaza(...args);
    if (code !== 0) throw new Error(`plaza ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
  }

  /** Neither the caller's environment nor a `.env` in the project may reach the server under test. */
  private spawnOptions(): { cwd: string; env: Environment; stdio: ['ignore', 'pipe', 'pipe'] } {
    const { PATH, HOME } = process.env;
    return { cwd: this.dataDir, env: { PATH, HOME, ...this.env }, stdio: ['ignore', 'pipe', 'pipe'] };
  }
}

function accepts(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
