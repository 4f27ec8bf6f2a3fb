import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { accepts } from './accepts.js';
import { MovedClock } from './clocks.js';
import { type CommandResult, Community, type Environment, makeDataFolder } from './community.js';
import { createDatabase, type TestDatabase } from './database.js';
import { type MemoryCgroup } from './memory-cgroup.js';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const START_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 40_000;
const LOG_KEPT_CHARS = 400_000;

export interface ServerOptions {
  env?: Environment;
  /** Worker processes; 1 by default. */
  workers?: number;
  /** How many descriptors (connections and files) each of its processes may have; as many as the tests by default. */
  descriptors?: number;
  /** Bounds the memory of all its processes; the tests' own bounds by default. */
  cgroup?: MemoryCgroup;
  /** Folder of a checkout whose compiled server runs, such as that of an earlier version; this one's by default. */
  checkout?: string;
  /** The words before its command, such as those that lead into a network namespace; none by default. */
  entrance?: readonly string[];
  /** Whether {@link TestServer.clock} can be moved. */
  movableClock?: boolean;
  /** To serve instead of a fresh one; the server's `stop` drops it. */
  database?: TestDatabase;
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
  const database = options.database ?? (await createDatabase({ migrated: true }));
  const server = await installServer({ ...options, database });
  try {
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

/**
 * As {@link startServer}, but it has never been started: for commands that come before. Unless it is given a database,
 * the first command or start brings the tables up to date, which takes a quarter of a second.
 */
export async function installServer(options: ServerOptions = {}): Promise<TestServer> {
  const { env = {}, workers = 1, database = await createDatabase() } = options;
  const dataDir = await makeDataFolder();
  const clock = options.movableClock
    ? await MovedClock.make(database.url, join(dataDir, 'clock'))
    : undefined;
  const settings = {
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    // Fresh people may post as they like, except in suites about the defence.
    DEFENCE: 'off',
    HOST: '127.0.0.1',
    PORT: '0',
    WORKERS: String(workers),
    ...clock?.environment,
    ...env,
  };
  return new TestServer(database, dataDir, settings, options, clock);
}

/** A running server process and the means to use and inspect it. */
export class TestServer extends Community {
  private child: ChildProcess | undefined;
  private output = '';

  /** Use `startServer` or `installServer`. */
  constructor(
    database: TestDatabase,
    dataDir: string,
    env: Environment,
    private bounds: Pick<ServerOptions, 'descriptors' | 'cgroup' | 'checkout' | 'entrance'> = {},
    private readonly movedClock?: MovedClock,
  ) {
    super(database, dataDir, env, movedClock);
  }

  /** The clock of a server that was started with `movableClock`. */
  get clock(): MovedClock {
    if (!this.movedClock) throw new Error('start the server with movableClock');
    return this.movedClock;
  }

  /** As `plaza`, in a process of its own: for commands that run while this process is busy with clients. */
  async plazaProcess(...args: string[]): Promise<CommandResult> {
    const child = this.startPlaza(...args);
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    return { code: code ?? -1, stdout, stderr };
  }

  /** Starts the `plaza` command as a process of its own, for tests that do not wait for its end or kill it. */
  startPlaza(...args: string[]): ChildProcessByStdio<null, Readable, Readable> {
    return spawn(process.execPath, [join(PROJECT, 'bin/plaza.js'), ...args], this.spawnOptions());
  }

  /** The output of the server and its errors, over all its starts. */
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
    this.closeClients();
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
    if (this.url === '') return;
    const { hostname, port } = new URL(this.url);
    while (await accepts(Number(port), hostname)) {
      if (Date.now() > deadline) throw new Error(`the server was killed but still answers\n${this.output}`);
      await sleep(20);
    }
  }

  /**
   * Starts the server again, after `kill` or else after a clean stop, on its data and port, with other settings if
   * given.
   */
  async restart(env: Environment = {}): Promise<void> {
    await this.kill('SIGTERM');
    this.env = { ...this.env, PORT: new URL(this.url).port, ...env };
    await this.start();
  }

  /** Stops the server cleanly and starts that of this checkout in its place. */
  async upgrade(): Promise<void> {
    this.bounds = { ...this.bounds, checkout: PROJECT };
    await this.restart();
  }

  override async stop(): Promise<void> {
    try {
      await this.kill('SIGTERM');
    } finally {
      await this.removeTraces();
    }
  }

  /** Use `startServer` or `restart`. */
  async start(): Promise<void> {
    const addressFile = join(this.dataDir, 'server.json');
    await rm(addressFile, { force: true });
    const { descriptors, cgroup, checkout = PROJECT, entrance = [] } = this.bounds;
    const main = join(checkout, 'dist/server/main.js');
    const steps = [
      ...(descriptors === undefined ? [] : [`ulimit -n ${descriptors}`]),
      ...(cgroup ? [`echo $$ > '${cgroup.entrance}'`] : []),
      'exec "$0" "$1"',
    ];
    const command = [...entrance, 'sh', '-c', steps.join(' && '), process.execPath, main];
    const [program = 'sh', ...words] = command;
    const child = spawn(program, words, this.spawnOptions());
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
    await this.readPublicKey();
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

  /** Neither the caller's environment nor a `.env` in the project may reach the server under test. */
  private spawnOptions(): { cwd: string; env: Environment; stdio: ['ignore', 'pipe', 'pipe'] } {
    const { PATH, HOME } = process.env;
    return { cwd: this.dataDir, env: { PATH, HOME, ...this.env }, stdio: ['ignore', 'pipe', 'pipe'] };
  }
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
