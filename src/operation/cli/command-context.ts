import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { loadSettings } from '../../foundation/config/load-settings.js';
import type { Settings } from '../../foundation/config/settings.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { connectEmbedded } from '../../foundation/database/embedded/embedded-postgres.js';
import { prepareDatabase } from '../../records/schema/prepare-database.js';
import type { ProcessResources } from '../../records/records.module.js';
import { ServerIdentity } from '../../protocol/identity/server-identity.js';
import { createLogger } from '../../foundation/logging/create-logger.js';
import { NestLogger } from '../../foundation/logging/nest-logger.js';
import { CliModule } from './cli.module.js';

/** A command's standard output holds its result alone, so its log goes to standard error. */
const commandLogger = await createLogger('warn', { fd: 2, isTerminal: process.stderr.isTTY });

/** Runs `work` with the services of a community whose database is open and migrated, then closes them. */
export async function withServices<T>(
  resources: ProcessResources,
  work: (services: INestApplicationContext) => Promise<T>,
): Promise<T> {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest documents a literal here.
  const services = await NestFactory.createApplicationContext(CliModule.forRoot(resources), {
    abortOnError: false,
    logger: new NestLogger(commandLogger),
  });
  try {
    return await work(services);
  } finally {
    await services.close();
  }
}

async function connect({
  databaseUrl,
  dataDir,
}: Settings): Promise<{ url: string; release(): Promise<void> }> {
  if (databaseUrl === undefined) return connectEmbedded({ dataDir, log: commandLogger });
  return { url: databaseUrl, release: () => Promise.resolve() };
}

/** Runs `work` with the URL of the database that `settings` mean, as it is: neither migrated nor used yet. */
export async function withDatabase<T>(settings: Settings, work: (url: string) => Promise<T>): Promise<T> {
  const database = await connect(settings);
  try {
    return await work(database.url);
  } finally {
    await database.release();
  }
}

/**
 * Runs a command with the services of the community this process is configured for, whether its server runs or not:
 * `await withCommunity((services) => services.get(RoomsService).all())`.
 */
export async function withCommunity<T>(work: (services: INestApplicationContext) => Promise<T>): Promise<T> {
  const { settings } = loadSettings();
  const { identity } = await ServerIdentity.loadOrCreate(settings.serverKeyFile);
  return withDatabase(settings, async (databaseUrl) => {
    await prepareDatabase(databaseUrl);
    return withServices({ settings, identity, databaseUrl }, work);
  });
}

/**
 * As {@link withCommunity}, for a command that changes something. All that it does is one transaction:
 * `await changeCommunity((tx, services) => services.get(RoomsService).create(tx, …))`.
 */
export async function changeCommunity<T>(
  work: (tx: Transaction, services: INestApplicationContext) => Promise<T>,
): Promise<T> {
  return withCommunity((services) => services.get(Database).transact((tx) => work(tx, services)));
}
