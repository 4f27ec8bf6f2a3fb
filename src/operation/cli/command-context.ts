import { resolve } from 'node:path';
import type { Logger } from 'pino';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Clock } from '../../foundation/clock.js';
import {
  type LoadedSettings,
  loadSettings,
  type SettingOrigins,
} from '../../foundation/config/load-settings.js';
import { type Settings } from '../../foundation/config/settings.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import {
  type DatabaseAddress,
  databaseOf,
  directAddress,
} from '../../foundation/database/database-address.js';
import {
  connectEmbedded,
  hasEmbeddedDatabase,
} from '../../foundation/database/embedded/embedded-postgres.js';
import { ownEnvironment } from '../../foundation/config/launcher.js';
import { plazaCommand } from '../../foundation/config/plaza-command.js';
import { makeDataFolder } from '../../foundation/data-folder.js';
import { type Progress } from '../../foundation/progress.js';
import { prepareDatabase } from '../../records/schema/prepare-database.js';
import type { ProcessResources } from '../../records/records.module.js';
import { ServerIdentity } from '../../protocol/identity/server-identity.js';
import { NestLogger } from '../../foundation/logging/nest-logger.js';
import { CliModule } from './cli.module.js';
import { type AskOperator } from './questions.js';
import { Output, type OutputStreams } from './output.js';
import { TerminalProgress } from './terminal-progress.js';

/** All that reaches a command from outside, and all that it writes to, but for the files that it is told of. */
export interface CommandEnvironment extends OutputStreams {
  /** Where its settings come from; the process's own by default. */
  readonly origins?: SettingOrigins;
  /** Called with settings before a command uses them. */
  readonly onSettings?: (settings: Settings) => void;
  /** Asks the person at the terminal, where there is one. */
  readonly ask?: AskOperator;
  readonly clock: Clock;
  /** For what goes wrong beside a result, which alone is on standard output. */
  readonly log: Logger;
  /** Lends commands the services of their community; opens them for each command, and closes them after it, by default. */
  readonly lend?: LendServices;
}

/** Runs `work` with the services of a community whose database is open and migrated. */
export type LendServices = <T>(
  resources: ProcessResources,
  work: (services: INestApplicationContext) => Promise<T>,
) => Promise<T>;

/** The things that commands share: settings, output and the community that they are for. */
export class CommandContext {
  readonly output: Output;
  readonly clock: Clock;

  constructor(private readonly surroundings: CommandEnvironment) {
    this.output = new Output(surroundings);
    this.clock = surroundings.clock;
  }

  /**
   * @param asIs whether they are only looked at, by the user who runs the command
   * @param overrides values that are to be tried, as text
   * @throws SettingsError at the first setting that can't be used
   */
  loadSettings({
    asIs = false,
    overrides,
  }: { asIs?: boolean; overrides?: Readonly<Record<string, string>> } = {}): LoadedSettings {
    const loaded = loadSettings({ ...this.surroundings.origins, ...(overrides && { overrides }) });
    if (!asIs) this.surroundings.onSettings?.(loaded.settings);
    return loaded;
  }

  /** Asks the person at the terminal; undefined when a program runs the command. */
  get ask(): AskOperator | undefined {
    return this.surroundings.ask;
  }

  /** The environment that settings are read from. */
  get environment(): Readonly<Record<string, string | undefined>> {
    return this.surroundings.origins?.environment ?? ownEnvironment();
  }

  /** The absolute path of a file that an argument names. */
  pathOf(file: string): string {
    return resolve(this.surroundings.origins?.folder ?? '', file);
  }

  /** Shows how far a long work is, on standard error. */
  progress(): Progress {
    return new TerminalProgress(this.surroundings.stderr);
  }

  /**
   * Runs `work` with the database that `settings` mean, as it is: neither migrated nor used yet.
   * @param found `make` where an embedded one is made when there is none, as for a new community
   * @throws Error when there is none and `found` is `only`
   */
  async withDatabase<T>(
    loaded: LoadedSettings,
    found: 'only' | 'make',
    work: (database: DatabaseAddress) => Promise<T>,
  ): Promise<T> {
    const { settings } = loaded;
    const given = databaseOf(settings);
    if (given) return work(given);
    const { dataDir } = settings;
    if (found === 'make') await makeDataFolder(dataDir);
    if (found === 'only' && !(await hasEmbeddedDatabase(dataDir)))
      throw noCommunity(`no database in ${dataDir}`, loaded);
    const embedded = await connectEmbedded({ dataDir, log: this.surroundings.log });
    try {
      return await work(directAddress(embedded.url));
    } finally {
      await embedded.release();
    }
  }

  /**
   * The identity of the community that a command is for.
   * @throws Error that says where it was looked for when there is none: a command in the wrong folder founds nothing
   */
  async identityOf(loaded: LoadedSettings): Promise<ServerIdentity> {
    const identity = await ServerIdentity.load(loaded.settings);
    if (identity === undefined)
      throw noCommunity(`no server key at ${loaded.settings.serverKeyFile}`, loaded);
    return identity;
  }

  /**
   * Runs a command with the services of the community it is configured for, whether its server runs or not:
   * `await context.withCommunity((services) => services.get(RoomsService).all())`.
   */
  async withCommunity<T>(work: (services: INestApplicationContext) => Promise<T>): Promise<T> {
    const loaded = this.loadSettings();
    return this.serve(loaded, { identity: await this.identityOf(loaded), database: 'only' }, work);
  }

  /**
   * As {@link withCommunity}, but makes the key and the database where they are missing.
   * @returns the public key: 64 hex digits
   */
  async found(
    loaded: LoadedSettings,
    work: (services: INestApplicationContext) => Promise<void>,
  ): Promise<string> {
    await makeDataFolder(loaded.settings.dataDir);
    const { identity } = await ServerIdentity.loadOrCreate(loaded.settings);
    await this.serve(loaded, { identity, database: 'make' }, work);
    return identity.publicKeyHex;
  }

  private serve<T>(
    loaded: LoadedSettings,
    { identity, database: found }: { identity: ServerIdentity; database: 'only' | 'make' },
    work: (services: INestApplicationContext) => Promise<T>,
  ): Promise<T> {
    return this.withDatabase(loaded, found, async (database) => {
      await prepareDatabase(database.directUrl);
      const resources = { settings: loaded.settings, identity, database, clock: this.clock };
      const { log, lend } = this.surroundings;
      return lend ? lend(resources, work) : lendOnce(resources, log, work);
    });
  }

  /**
   * As {@link withCommunity}, for a command that changes something. All that it does is one transaction:
   * `await context.changeCommunity((tx, services) => services.get(RoomsService).create(tx, …))`.
   */
  async changeCommunity<T>(
    work: (tx: Transaction, services: INestApplicationContext) => Promise<T>,
  ): Promise<T> {
    return this.withCommunity((services) => services.get(Database).transact((tx) => work(tx, services)));
  }
}

function noCommunity(missing: string, { file: { path, lookedFor } }: LoadedSettings): Error {
  const settings =
    path === undefined ? `there is no ${lookedFor.join(' or ')}` : `settings are those of ${path}`;
  return new Error(
    `there is no community here: ${missing}, and ${settings}. ` +
      `Go where it is, or found one: ${plazaCommand('start')}`,
  );
}

/** Opens the services that commands call, of a community whose database is open and migrated. */
export function openServices(resources: ProcessResources, log: Logger): Promise<INestApplicationContext> {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest documents a literal here.
  return NestFactory.createApplicationContext(CliModule.forRoot(resources), {
    abortOnError: false,
    logger: new NestLogger(log),
  });
}

async function lendOnce<T>(
  resources: ProcessResources,
  log: Logger,
  work: (services: INestApplicationContext) => Promise<T>,
): Promise<T> {
  const services = await openServices(resources, log);
  try {
    return await work(services);
  } finally {
    await services.close();
  }
}
