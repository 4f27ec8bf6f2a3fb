import { type INestApplicationContext, type Type } from '@nestjs/common';
import type * as loading from '../../src/foundation/config/load-settings.js';
import type * as databases from '../../src/foundation/database/database.js';
import type * as actors from '../../src/moderation/access/actor.js';
import type * as roles from '../../src/moderation/roles.service.js';
import { type Logger } from 'pino';
import { type CommandEnvironment } from '../../src/operation/cli/command-context.js';
import type * as carrying from '../../src/operation/jobs/job-worker.service.js';
import type * as scheduling from '../../src/operation/jobs/scheduled-jobs.js';
import type * as rooms from '../../src/rooms/rooms.service.js';
import type * as opening from '../../src/server/open-server.js';
import type * as reserving from '../../src/server/supervisor/reserve-port.js';
import { type Identity } from '../client/identity.js';
import { HeldClock } from './clocks.js';
import {
  type Appointment,
  Community,
  type Environment,
  makeDataFolder,
  type NewRoom,
  SILENT,
} from './community.js';
import { Operator } from './operator.js';
import { compiled } from './compiled.js';
import { createDatabase, type TestDatabase } from './database.js';

const HOST = '127.0.0.1';

export interface OpenServerOptions {
  env?: Environment;
  /** Another server of the same community, as another machine has it. It is stopped after this one. */
  beside?: Community;
  /** Whether time stands still until a test moves {@link OpenServer.clock}. */
  heldClock?: boolean;
  /** Whether it carries jobs out on their clock; otherwise {@link OpenServer.runJob} alone does. */
  jobs?: boolean;
}

/**
 * Opens a server in the process of the suite, on a free port, with a fresh database and data folder. It takes a fifth
 * of a second, a tenth of what {@link startServer} takes, and gives the same answers: it lacks the supervisor and other
 * workers alone, and its log, unless LOG_LEVEL is set in the environment of the tests.
 *
 *     const server = await openServer({ env: { POST_RATE_LIMIT: '1000' }, heldClock: true });
 *     const alice = server.client(new Identity());
 *     await server.clock.advance('2 days');
 *     await server.runJob('expired files');
 *     await server.stop();                                  // in afterAll
 */
export async function openServer({
  env = {},
  beside,
  heldClock = false,
  jobs = false,
}: OpenServerOptions = {}): Promise<OpenServer> {
  const database = beside?.database ?? (await createDatabase({ migrated: true }));
  const dataDir = beside?.dataDir ?? (await makeDataFolder());
  const { reservePort } = await compiled<typeof reserving>('server/supervisor/reserve-port.js');
  const settings = {
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    // Fresh people may post as they like, except in suites about the defence.
    DEFENCE: 'off',
    HOST,
    PORT: String(await reservePort(HOST)),
    WORKERS: '1',
    LOG_LEVEL: process.env.LOG_LEVEL ?? SILENT,
    ...env,
  };
  const clock = heldClock
    ? await HeldClock.hold(database.url)
    : beside instanceof OpenServer
      ? beside.heldClock
      : undefined;
  const server = new OpenServer(database, dataDir, settings, { clock, beside, jobs });
  try {
    await server.open();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

interface OpenServerParts {
  clock: HeldClock | undefined;
  beside: Community | undefined;
  jobs: boolean;
}

/** A server in the process of the suite. */
export class OpenServer extends Community {
  private app: INestApplicationContext | undefined;
  private operator: Operator | undefined;

  /** Use `openServer`. */
  constructor(
    database: TestDatabase,
    dataDir: string,
    env: Environment,
    private readonly parts: OpenServerParts,
  ) {
    super(database, dataDir, env, parts.clock);
  }

  /** Its clock, if it was opened with `heldClock`. */
  get heldClock(): HeldClock | undefined {
    return this.parts.clock;
  }

  /** The clock of a server that was opened with `heldClock`. */
  get clock(): HeldClock {
    if (!this.heldClock) throw new Error('open the server with heldClock');
    return this.heldClock;
  }

  /** A provider of the server by its class, which `compiled` loads. */
  get<Provider>(type: Type<Provider>): Provider {
    if (!this.app) throw new Error('the server is not open');
    return this.app.get(type);
  }

  /**
   * Runs a scheduled job once. A server that was opened with `jobs` runs it by itself, too, every few seconds: when
   * both meet, what they change may show a moment later.
   */
  async runJob(name: string): Promise<void> {
    const { ScheduledJobs } = await compiled<typeof scheduling>('operation/jobs/scheduled-jobs.js');
    const job = this.get(ScheduledJobs).all.find((one) => one.name === name);
    if (!job) throw new Error(`No job is called ${name}`);
    await job.run(new AbortController().signal);
  }

  /** As `plaza room add`, by the server's own services: the command takes as long as to open a server. */
  override async addRoom(token: string, { name = token, description }: NewRoom = {}): Promise<void> {
    const { RoomsService } = await compiled<typeof rooms>('rooms/rooms.service.js');
    await this.transact((tx) => this.get(RoomsService).create(tx, { token, name, description }));
  }

  /** As `plaza mod add`, by the server's own services. */
  override async addModerator(
    { sessionId }: Identity,
    { in: where, admin = false, hidden }: Appointment,
  ): Promise<void> {
    const { PLAZA } = await compiled<typeof actors>('moderation/access/actor.js');
    const { RolesService } = await compiled<typeof roles>('moderation/roles.service.js');
    const scope = where === 'global' ? { global: true as const } : { global: false as const, rooms: [where] };
    const change = { moderator: true, admin: admin || null, visible: hidden === undefined ? null : !hidden };
    await this.transact((tx) =>
      this.get(RolesService).change(tx, PLAZA, { targets: [sessionId], scope, change }),
    );
  }

  protected override lending(log: Logger): Pick<CommandEnvironment, 'lend'> {
    const operator = (this.operator ??= new Operator(log));
    return { lend: (resources, work) => operator.lend(resources, work) };
  }

  private async transact<Result>(work: (tx: databases.Transaction) => Promise<Result>): Promise<Result> {
    const { Database } = await compiled<typeof databases>('foundation/database/database.js');
    return this.get(Database).transact(work);
  }

  /** Closes the server and opens it again on its data and port, with other settings if given. */
  async restart(env: Environment = {}): Promise<void> {
    await this.close();
    this.env = { ...this.env, ...env };
    await this.open();
  }

  override async stop(): Promise<void> {
    await this.close();
    if (this.parts.beside) {
      await this.closePool();
      return;
    }
    await this.heldClock?.letGo();
    await this.removeTraces();
  }

  private async close(): Promise<void> {
    this.closeClients();
    const { app } = this;
    this.app = undefined;
    await this.operator?.close();
    await app?.close();
  }

  /** Use `openServer`. */
  async open(): Promise<void> {
    const { loadSettings } = await compiled<typeof loading>('foundation/config/load-settings.js');
    const { openServer: open } = await compiled<typeof opening>('server/open-server.js');
    const { settings } = loadSettings({ environment: this.env, folder: this.dataDir });
    const resources = {
      database: { url: this.database.url, directUrl: this.database.url },
      ...(this.heldClock && { clock: this.heldClock }),
    };
    this.app = (await open(settings, resources, true)).app;
    this.url = `http://${HOST}:${settings.port}`;
    await this.readPublicKey();
    if (!this.parts.jobs) return;
    const { JobWorker } = await compiled<typeof carrying>('operation/jobs/job-worker.service.js');
    this.get(JobWorker).start(true);
  }
}
