import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { connectEmbedded } from '../src/foundation/database/embedded/embedded-postgres.js';
import { createLogger } from '../src/foundation/logging/create-logger.js';
import { type Usage, usageOf } from './processes.js';

const START_LIMIT_MS = 60_000;

/** A server started as a user would: compiled, on embedded PostgreSQL, in a folder of its own. */
export class ServerUnderTest {
  private constructor(
    private readonly process: ChildProcess,
    readonly port: number,
    readonly publicKey: Buffer,
    private readonly dataDir: string,
    private readonly env: Record<string, string>,
    private readonly database: { url: string; release(): Promise<void> },
    readonly sql: pg.Pool,
  ) {}

  /**
   * Starts a server whose PostgreSQL counts statements, which takes a restart to switch on.
   * @param nodeOptions for the supervisor and its workers
   */
  static async start(env: Record<string, string>, nodeOptions: readonly string[]): Promise<ServerUnderTest> {
    const dataDir = await mkdtemp(join(tmpdir(), 'plaza-bench-'));
    // PostgreSQL, which does not run as root, must be able to enter it.
    await chmod(dataDir, 0o711);
    const fresh = await ServerUnderTest.launch(dataDir, env, []);
    await fresh.sql.query("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'");
    await fresh.shutDown();
    const server = await ServerUnderTest.launch(dataDir, env, nodeOptions);
    await server.sql.query('CREATE EXTENSION pg_stat_statements');
    return server;
  }

  private static async launch(
    dataDir: string,
    env: Record<string, string>,
    nodeOptions: readonly string[],
  ): Promise<ServerUnderTest> {
    const child = spawn(process.execPath, [...nodeOptions, join(process.cwd(), 'dist/server/main.js')], {
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        DATA_DIR: dataDir,
        PORT: '0',
        LOG_LEVEL: 'warn',
        ...env,
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const { url } = await announced(dataDir, child);
    const key = await readPublicKey(dataDir);
    const database = await connectEmbedded({
      dataDir,
      log: await createLogger('error', { fd: 2, isTerminal: false }),
    });
    const sql = new pg.Pool({ connectionString: database.url, max: 4 });
    return new ServerUnderTest(child, Number(new URL(url).port), key, dataDir, env, database, sql);
  }

  /** The resources that the supervisor, its workers and PostgreSQL have used so far. */
  usage(): Promise<Usage> {
    return usageOf(this.process.pid ?? 0);
  }

  /** Stops the server and starts it anew on the same port: it has nothing compiled and nothing cached. */
  async restart(): Promise<ServerUnderTest> {
    await this.shutDown();
    return ServerUnderTest.launch(this.dataDir, { ...this.env, PORT: String(this.port) }, []);
  }

  async stop(): Promise<void> {
    await this.shutDown();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  private async shutDown(): Promise<void> {
    await this.sql.end();
    await this.database.release();
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGTERM');
    await gone;
  }
}

async function announced(dataDir: string, child: ChildProcess): Promise<{ url: string }> {
  const end = Date.now() + START_LIMIT_MS;
  while (Date.now() < end && child.exitCode === null) {
    try {
      return JSON.parse(await readFile(join(dataDir, 'server.json'), 'utf8')) as { url: string };
    } catch {
      await sleep(50);
    }
  }
  throw new Error('The server did not start');
}

async function readPublicKey(dataDir: string): Promise<Buffer> {
  const { loadSodium } = await import('../src/protocol/crypto/sodium.js');
  const secret = await readFile(join(dataDir, 'key_x25519'));
  return (await loadSodium()).x25519PublicKey(secret);
}
