import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { connectEmbedded } from '../src/foundation/database/embedded/embedded-postgres.js';
import { createLogger } from '../src/foundation/logging/create-logger.js';
import { type Address } from './load-generator.js';
import { endPlaza, launchPlaza, type PlazaProcess, readPublicKey, type UnderTest } from './plaza-process.js';
import { type Usage, usageOf } from './processes.js';

/** A server started as a user would: compiled, on embedded PostgreSQL, in a folder of its own. */
export class ServerUnderTest implements UnderTest {
  private constructor(
    private readonly plaza: PlazaProcess,
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
    const plaza = await launchPlaza(dataDir, env, nodeOptions);
    const key = await readPublicKey(dataDir);
    const database = await connectEmbedded({
      dataDir,
      log: await createLogger('error', { fd: 2, isTerminal: false }),
    });
    const sql = new pg.Pool({ connectionString: database.url, max: 4 });
    return new ServerUnderTest(plaza, key, dataDir, env, database, sql);
  }

  get addresses(): readonly Address[] {
    return [this.plaza.address];
  }

  /** The resources that the supervisor, its workers and PostgreSQL have used so far. */
  usage(): Promise<Usage> {
    return usageOf(this.plaza.child.pid ?? 0);
  }

  /** Stops the server and starts it anew on the same port: it has nothing compiled and nothing cached. */
  async restart(): Promise<ServerUnderTest> {
    await this.shutDown();
    return ServerUnderTest.launch(this.dataDir, { ...this.env, PORT: String(this.plaza.address.port) }, []);
  }

  async stop(): Promise<void> {
    await this.shutDown();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  private async shutDown(): Promise<void> {
    await this.sql.end();
    await this.database.release();
    await endPlaza(this.plaza);
  }
}
