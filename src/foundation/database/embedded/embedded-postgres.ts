import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { chooseAddress, embeddedDatabaseUrl } from './address.js';
import { type EmbeddedInstance, type InstanceChoice, openInstance } from './instance.js';
import { PostgresKeeper } from './keeper.js';
import { type EmbeddedLog } from './log.js';
import { own, type OwnedPostgres } from './own.js';
import {
  claimOwnership,
  claimUse,
  ensureDatabase,
  isServer,
  openClaims,
  ownerName,
  type OwnerRole,
  waitForUsers,
} from './ownership.js';
import { Postmaster, stopOrphan } from './postmaster.js';
import { isPostmaster, type PostmasterFile, readPostmasterFile } from './postmaster-file.js';
import { DatabaseStartError, DatabaseUnavailableError, translateError } from '../errors.js';
import { hangUp } from '../hang-up.js';

export { broughtMajor } from './binaries.js';
export { hasInstance as hasEmbeddedDatabase, majorOf } from './instance.js';
export { type EmbeddedLog } from './log.js';

/** Milliseconds that one process waits for another to finish with the database. */
const PATIENCE = 15_000;
/** Milliseconds that a PostgreSQL of another process gets to come up, which after a crash can take long, or to end. */
const RECOVERY_PATIENCE = 120_000;
const PAUSE = 50;

/** Options of {@link openEmbeddedPostgres} and {@link connectEmbedded}. */
export interface EmbeddedOptions {
  /** Folder of everything Plaza keeps; the database goes to its `postgres`. Made when missing. */
  dataDir: string;
  log: EmbeddedLog;
  /** For an upgrade to another PostgreSQL, which has two of them open. */
  choice?: InstanceChoice;
}

/** A PostgreSQL that answers, started by whomever. */
interface Running {
  file: PostmasterFile;
  claims: pg.Client;
}

/**
 * Starts the embedded PostgreSQL for as long as this process serves: makes the database the first time, ends what a
 * killed process left running, and starts PostgreSQL again should it ever die. The URL stays the same meanwhile.
 *
 * @returns the URL of Plaza's database, password included, and `stop`, which waits until all is on disk
 * @throws DatabaseStartError when another server uses the folder, or when PostgreSQL cannot start
 */
export async function openEmbeddedPostgres(
  options: EmbeddedOptions,
): Promise<{ url: string; stop(): Promise<void> }> {
  const instance = await openInstance(options.dataDir, options.log, options.choice);
  const owned = await takeOver(instance, options.log);
  const keeper = new PostgresKeeper(instance, owned, options.log);
  return { url: embeddedDatabaseUrl(instance, owned.postmaster.address), stop: () => keeper.stop() };
}

/**
 * Lets a `plaza` command use the database: that of the running server, or one started for the purpose.
 *
 * @returns the URL of Plaza's database, password included, and `release`, to be called when done
 * @throws DatabaseStartError when PostgreSQL cannot be reached or started
 */
export async function connectEmbedded(
  options: EmbeddedOptions,
): Promise<{ url: string; release(): Promise<void> }> {
  const instance = await openInstance(options.dataDir, options.log);
  const deadline = performance.now() + PATIENCE;
  do {
    const running = await findRunning(instance, 'command');
    if (running && (await join(running.claims))) {
      return {
        url: embeddedDatabaseUrl(instance, running.file.address),
        release: () => hangUp(running.claims),
      };
    }
    const owned = running ? undefined : await start(instance, 'command', options.log);
    if (owned) {
      return { url: embeddedDatabaseUrl(instance, owned.postmaster.address), release: () => handBack(owned) };
    }
    await sleep(PAUSE);
  } while (performance.now() < deadline);
  throw unsettled(instance);
}

async function takeOver(instance: EmbeddedInstance, log: EmbeddedLog): Promise<OwnedPostgres> {
  const deadline = performance.now() + PATIENCE;
  do {
    const running = await findRunning(instance, 'server');
    if (running) {
      await displace(instance, running, deadline, log)
        .catch(ignoreLostConnection)
        .finally(() => hangUp(running.claims));
    } else {
      const owned = await start(instance, 'server', log);
      if (owned) return owned;
    }
    await sleep(PAUSE);
  } while (performance.now() < deadline);
  throw unsettled(instance);
}

/** Ends a PostgreSQL that has no owner any more; leaves one to its owner while there is hope that it goes. */
async function displace(
  instance: EmbeddedInstance,
  { claims, file }: Running,
  deadline: number,
  log: EmbeddedLog,
): Promise<void> {
  if (await claimOwnership(claims)) {
    if (!(await waitForUsers(claims, PATIENCE))) {
      throw new DatabaseStartError(`A plaza command still uses the database in ${instance.dataDir}`);
    }
    log.info('Stopping the PostgreSQL that an earlier process left running');
    await stopOrphan(instance, file);
    return;
  }
  const owner = await ownerName(claims);
  if (owner !== undefined && (isServer(owner) || performance.now() + PAUSE > deadline)) {
    throw new DatabaseStartError(`The database in ${instance.dataDir} is already used by another ${owner}`);
  }
}

/** Waits for PostgreSQL to come up or to go away; undefined when none is running. */
async function findRunning(instance: EmbeddedInstance, role: OwnerRole): Promise<Running | undefined> {
  const deadline = performance.now() + RECOVERY_PATIENCE;
  for (;;) {
    const file = await readPostmasterFile(instance.cluster);
    if (!file) return undefined;
    try {
      // Before looking at the pid: a PostgreSQL in another container has none that we can see.
      return {
        file,
        claims: await openClaims(embeddedDatabaseUrl(instance, file.address, 'postgres'), role),
      };
    } catch (error) {
      if (!(await isPostmaster(file.pid, instance.cluster))) return undefined;
      if (performance.now() > deadline) {
        throw new DatabaseStartError(
          `PostgreSQL runs on ${instance.cluster} (process ${file.pid}) but takes no connections`,
          { cause: error },
        );
      }
    }
    await sleep(PAUSE);
  }
}

/** Undefined when another process was faster; then look again what is running. */
async function start(
  instance: EmbeddedInstance,
  role: OwnerRole,
  log: EmbeddedLog,
): Promise<OwnedPostgres | undefined> {
  const postmaster = await Postmaster.start(instance, await chooseAddress(instance), log);
  if (!postmaster) return undefined;
  try {
    return await own(instance, postmaster, role);
  } catch (error) {
    await postmaster.stop();
    ignoreLostConnection(error);
    return undefined;
  }
}

/** False when the owner of that PostgreSQL stopped it meanwhile. */
async function join(claims: pg.Client): Promise<boolean> {
  try {
    await claimUse(claims);
    await ensureDatabase(claims);
    return true;
  } catch (error) {
    await hangUp(claims);
    ignoreLostConnection(error);
    return false;
  }
}

/** The PostgreSQL we looked at was stopped meanwhile: not a failure, but a reason to look again. */
function ignoreLostConnection(error: unknown): void {
  if (!(translateError(error) instanceof DatabaseUnavailableError)) throw error;
}

async function handBack({ postmaster, claims }: OwnedPostgres): Promise<void> {
  // Only a PostgreSQL that died can fail here.
  await waitForUsers(claims, PATIENCE).catch(() => false);
  await postmaster.stop();
}

function unsettled(instance: EmbeddedInstance): DatabaseStartError {
  return new DatabaseStartError(
    `PostgreSQL on ${instance.cluster} is being started and stopped by other processes: try again`,
  );
}
