import { chmod, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { makeFolder } from '../src/foundation/make-folder.js';
import { type Address } from './load-generator.js';
import { endPlaza, launchPlaza, type PlazaProcess, readPublicKey, type UnderTest } from './plaza-process.js';
import { type Usage, usageOf } from './processes.js';
import { type SharedPart, startPostgres, startRedis, startStore } from './shared-parts.js';

/** The parts of a community on several machines. */
export interface MachinesOptions {
  machines: number;
  /** Whether files lie in an object store; otherwise in a folder that all machines share. */
  store: boolean;
  env: Record<string, string>;
  nodeOptions: readonly string[];
}

/**
 * Several machines of one community, each a supervisor with workers, over one PostgreSQL, one Redis and one place of
 * files.
 */
export class MachinesUnderTest implements UnderTest {
  private constructor(
    private readonly machines: readonly PlazaProcess[],
    /** PostgreSQL and Redis. The store is a program of others, whose CPU says nothing about Plaza. */
    private readonly counted: readonly SharedPart[],
    private readonly store: SharedPart | undefined,
    readonly publicKey: Buffer,
    readonly sql: pg.Pool,
    private readonly folder: string,
  ) {}

  static async start({ machines, store, env, nodeOptions }: MachinesOptions): Promise<MachinesUnderTest> {
    const folder = await mkdtemp(join(tmpdir(), 'plaza-bench-'));
    // PostgreSQL, which does not run as root, must be able to enter it.
    await chmod(folder, 0o711);
    const postgres = await startPostgres(join(folder, 'database'));
    const redis = await startRedis(folder);
    const objects = store ? await startStore(await made(join(folder, 'store'))) : undefined;
    const shared = { ...postgres.settings, ...redis.settings, ...objects?.settings, BALANCER_GRACE: '0' };
    const first = join(folder, 'plaza-1');
    const started: PlazaProcess[] = [];
    for (let number = 1; number <= machines; number++) {
      const name = `plaza-${number}`;
      const dataDir = await made(join(folder, name));
      if (number > 1 && !store) await symlink(join(first, 'uploads'), join(dataDir, 'uploads'));
      const own = { MACHINE_NAME: name, SERVER_KEY_FILE: join(first, 'key_x25519') };
      started.push(await launchPlaza(dataDir, { ...env, ...shared, ...own }, nodeOptions));
    }
    const sql = new pg.Pool({ connectionString: postgres.url, max: 4 });
    return new MachinesUnderTest(
      started,
      [postgres, redis],
      objects,
      await readPublicKey(first),
      sql,
      folder,
    );
  }

  get addresses(): readonly Address[] {
    return this.machines.map(({ address }) => address);
  }

  /** The resources that all machines, PostgreSQL and Redis have used so far. */
  async usage(): Promise<Usage> {
    const pids = await Promise.all(this.counted.map((part) => part.pids()));
    const plazas = this.machines.map(({ child }) => child.pid ?? 0);
    const usages = await Promise.all([...plazas, ...pids.flat()].map(usageOf));
    return {
      cpuSeconds: usages.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
      postgresCpuSeconds: usages.reduce((sum, { postgresCpuSeconds }) => sum + postgresCpuSeconds, 0),
      workerBytes: Math.max(...usages.map(({ workerBytes }) => workerBytes)),
    };
  }

  async stop(): Promise<void> {
    await this.sql.end();
    for (const machine of this.machines) await endPlaza(machine);
    for (const part of this.counted) await part.stop();
    await this.store?.stop();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function made(folder: string): Promise<string> {
  await makeFolder(folder);
  return folder;
}
