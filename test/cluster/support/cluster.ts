import { chmod, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedPostgres } from '../../../src/foundation/database/embedded/embedded-postgres.js';
import { Identity } from '../../client/identity.js';
import { type Cable, layCable } from '../../support/cable.js';
import { aheadOfOthers } from '../../support/clocks.js';
import { type Environment } from '../../support/community.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { eventually } from '../../support/eventually.js';
import { ObjectStore } from '../../support/object-store.js';
import { PostgresPair } from '../../support/postgres-pair.js';
import { childrenOf, killPostgresIn } from '../../support/processes.js';
import { startRedis, type TestRedis } from '../../support/redis.js';
import { installServer, type TestServer } from '../../support/server.js';
import { Balancer } from './balancer.js';
import { type Line, MachineNetwork } from './network.js';
import { RetryingClient } from './retrying-client.js';

const WORKERS = 2;
/** Milliseconds until a machine that came back is given connections, on a machine with other work to do. */
const PATIENCE = 60_000;

const QUIET = { debug: () => undefined, info: () => undefined, warn: () => undefined };

/** The parts of a cluster. */
export interface ClusterOptions {
  /**
   * Folders of the checkouts whose servers the machines run at first, in their order; this one's where there is none.
   */
  checkouts?: readonly (string | undefined)[];
  /** Minutes by which the clock of each machine is ahead. */
  clocks?: readonly number[];
  machines?: number;
  /**
   * Whether each machine has a network namespace of its own, see {@link MachineNetwork}; otherwise all are told apart
   * by ports.
   */
  networks?: boolean;
  /** Whether PostgreSQL is the cluster's own, which may be killed; otherwise that of the test run. */
  ownPostgres?: boolean;
  /** Whether PostgreSQL is the cluster's own and has a standby, which may take its place. */
  standby?: boolean;
  /** Whether files lie in an object store; otherwise in a folder that all machines share. */
  store?: boolean;
  env?: Environment;
}

/** The lines of a machine with a network namespace of its own. */
export type Lines = Readonly<Record<'clients' | 'database' | 'redis' | 'store', Line>>;

/** A machine, and the cables by which it reaches what all machines share. */
export interface Machine {
  server: TestServer;
  /** Where it has a network namespace of its own. */
  lines: Lines | undefined;
  database: Cable;
  redis: Cable;
  /** Where files lie in an object store. */
  store: Cable | undefined;
}

/**
 * Several machines of one community with a balancer before them, over one PostgreSQL, one Redis and one place of files.
 */
export class Cluster {
  readonly machines: Machine[] = [];
  private balancer: Balancer | undefined;
  private boss: Identity | undefined;
  private pair: PostgresPair | undefined;
  private readonly networks: MachineNetwork[] = [];

  private constructor(
    readonly redis: TestRedis,
    readonly store: ObjectStore | undefined,
    private readonly database: TestDatabase,
    /** A folder for files of the cluster beside those of its machines. */
    private readonly folder: string,
    private readonly clocks: readonly number[],
  ) {}

  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    const {
      machines = 2,
      ownPostgres = false,
      standby = false,
      store = false,
      clocks = [],
      checkouts = [],
      networks = false,
      env = {},
    } = options;
    const folder = await mkdtemp(join(tmpdir(), 'plaza-cluster-'));
    const pair = standby ? await PostgresPair.start() : undefined;
    const database = pair ? ofPair(pair) : ownPostgres ? await ownDatabase(folder) : await createDatabase();
    const objectStore = store ? await ObjectStore.start() : undefined;
    const cluster = new Cluster(await startRedis(), objectStore, database, folder, clocks);
    cluster.pair = pair;
    for (let count = 1; count <= machines; count += 1)
      await cluster.addMachine(`plaza-${count}`, { env, networks, checkout: checkouts[count - 1] });
    cluster.balancer = await Balancer.start(cluster.urls);
    await cluster.allReady();
    return cluster;
  }

  /** The address of the balancer, which clients use. */
  get url(): string {
    if (!this.balancer) throw new Error('the cluster is not running');
    return this.balancer.url;
  }

  /** Where each machine listens. */
  get urls(): string[] {
    return this.machines.map(({ server }) => server.url);
  }

  /** A machine by its number, from 0. */
  machine(index: number): Machine {
    const machine = this.machines[index];
    if (!machine) throw new Error(`there is no machine ${index}`);
    return machine;
  }

  client(identity: Identity): RetryingClient {
    return new RetryingClient(this.url, this.machine(0).server.publicKey, identity);
  }

  /** A global admin. */
  async globalAdmin(): Promise<Identity> {
    if (this.boss) return this.boss;
    this.boss = new Identity();
    await this.machine(0).server.addModerator(this.boss, { in: 'global', admin: true });
    return this.boss;
  }

  /** Waits until the balancer gives connections to every machine. */
  async allReady(): Promise<void> {
    await eventually(() => this.urls.every((url) => this.balancer?.isReady(url)), PATIENCE);
  }

  /** Kills one worker of a machine, as a crash would. */
  async killWorker(index: number): Promise<void> {
    const [worker] = await childrenOf(this.machine(index).server.pid);
    if (!worker) throw new Error('the machine has no workers');
    process.kill(worker.pid, 'SIGKILL');
  }

  /** Sends a signal to all processes of a machine: SIGSTOP and SIGCONT are a machine that hangs. */
  async signal(index: number, signal: NodeJS.Signals): Promise<void> {
    const { pid } = this.machine(index).server;
    for (const child of await childrenOf(pid)) process.kill(child.pid, signal);
    process.kill(pid, signal);
  }

  /** Kills all processes of a machine at once, and starts it again. */
  async loseMachine(index: number, forMilliseconds: number): Promise<void> {
    const { server } = this.machine(index);
    await this.signal(index, 'SIGKILL');
    await server.kill('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, forMilliseconds));
    await server.restart();
  }

  /** Kills PostgreSQL, which recovers by itself. Only where it is the cluster's own. */
  async killPostgres(): Promise<void> {
    await killPostgresIn(this.folder);
  }

  /** Loses the primary of PostgreSQL; the standby takes its place and its address. */
  async failOver(): Promise<void> {
    if (!this.pair) throw new Error('PostgreSQL has no standby');
    const url = await this.pair.failOver();
    for (const { database } of this.machines) database.leadTo(url);
  }

  /** Stops each machine in turn and starts it again, as for an upgrade. */
  async restartInTurn(): Promise<void> {
    for (const { server } of this.machines) {
      await server.restart();
      await this.allReady();
    }
  }

  /** Upgrades each machine in turn to the version of this checkout. */
  async upgradeInTurn(): Promise<void> {
    for (const { server } of this.machines) {
      await server.upgrade();
      await this.allReady();
    }
  }

  async stop(): Promise<void> {
    await this.balancer?.stop();
    for (const { server } of this.machines) await server.stop();
    for (const { database, redis, store } of this.machines) {
      for (const cable of [database, redis, store]) await cable?.cut().catch(() => undefined);
    }
    for (const network of this.networks) await network.close();
    await this.database.drop();
    await this.redis.stop();
    await this.store?.end();
    await rm(this.folder, { recursive: true });
  }

  private async addMachine(
    name: string,
    { env, networks, checkout }: { env: Environment; networks: boolean; checkout: string | undefined },
  ): Promise<void> {
    const network = networks ? await MachineNetwork.open() : undefined;
    if (network) this.networks.push(network);
    const lines = network && (await layLines(network));
    const database = await layCable(this.database.url, lines?.database.near);
    const redis = await layCable(this.redis.url, lines?.redis.near);
    const store = this.store && (await layCable(this.store.endpoint, lines?.store.near));
    const first = this.machines[0]?.server;
    const ahead = this.clocks[this.machines.length] ?? 0;
    const server = await installServer({
      workers: WORKERS,
      ...(checkout !== undefined && { checkout }),
      ...(network && { entrance: network.entrance }),
      database: { url: database.url, drop: () => Promise.resolve() },
      env: {
        MACHINE_NAME: name,
        ...(lines && { HOST: lines.clients.far }),
        REDIS_URL: redis.url,
        BALANCER_GRACE: '1',
        POST_RATE_LIMIT: '100000',
        EDIT_RATE_LIMIT: '0',
        REACTION_RATE_LIMIT: '0',
        RATE_LIMIT_PER_KEY: '0',
        RATE_LIMIT_PER_ADDRESS: '0',
        DIRECT_MESSAGES_PER_HOUR: '0',
        MAX_UNANSWERED_DIRECT_MESSAGES: '0',
        ...this.store?.settings,
        ...(store && { S3_ENDPOINT: store.url.replace(/\/$/, '') }),
        ...(first && { SERVER_KEY_FILE: join(first.dataDir, 'key_x25519') }),
        ...env,
        ...(ahead !== 0 && (await aheadOfOthers(join(this.folder, `${name}-clock`), ahead))),
      },
    });
    // As with a folder that all machines have mounted.
    if (first && !this.store) await symlink(join(first.dataDir, 'uploads'), join(server.dataDir, 'uploads'));
    await server.start();
    this.machines.push({ server, lines, database, redis, store });
  }
}

async function layLines(network: MachineNetwork): Promise<Lines> {
  return {
    clients: await network.layLine(),
    database: await network.layLine(),
    redis: await network.layLine(),
    store: await network.layLine(),
  };
}

function ofPair(pair: PostgresPair): TestDatabase {
  return { url: pair.url, drop: () => pair.stop() };
}

async function ownDatabase(folder: string): Promise<TestDatabase> {
  // PostgreSQL that root starts runs as another user, who has to get in.
  await chmod(folder, 0o711);
  const postgres = await openEmbeddedPostgres({ dataDir: folder, log: QUIET });
  return { url: postgres.url, drop: () => postgres.stop() };
}
