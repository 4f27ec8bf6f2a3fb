import type { Logger } from 'pino';
import { becomeOwnerOf } from '../../foundation/become-owner.js';
import { type Clock } from '../../foundation/clock.js';
import { type LoadedSettings, loadSettings } from '../../foundation/config/load-settings.js';
import { makeDataFolder } from '../../foundation/data-folder.js';
import { isRunByNpm } from '../../foundation/config/launcher.js';
import { loopbackWarning } from '../../foundation/config/community-url.js';
import { availableMemory, workerMemory } from '../../foundation/config/memory-shares.js';
import type { Settings } from '../../foundation/config/settings.js';
import { localOrigin } from '../../foundation/config/server-settings.js';
import {
  type DatabaseAddress,
  databaseOf,
  directAddress,
} from '../../foundation/database/database-address.js';
import { openEmbeddedPostgres } from '../../foundation/database/embedded/embedded-postgres.js';
import { errorLine } from '../../foundation/error-line.js';
import { ServerIdentity } from '../../protocol/identity/server-identity.js';
import { createLogger, standardTarget } from '../../foundation/logging/create-logger.js';
import { ClusterMetrics } from '../../foundation/metrics/cluster-metrics.js';
import { serveMetrics } from '../../foundation/metrics/metrics-server.js';
import { upgradeEmbedded } from '../../operation/postgres-upgrade/upgrade-embedded.js';
import { type Announcement, startLine, welcomePage } from './announcement.js';
import { reservePort } from './reserve-port.js';
import { removeRunningServer, writeRunningServer } from '../../foundation/running-server.js';
import { VERSION } from '../../foundation/version.js';
import { WorkerPool } from './worker-pool.js';

/** How long running requests may take to finish after a signal to stop. */
const DRAIN_LIMIT_MS = 10_000;
const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Milliseconds between two looks at whether npm still runs. */
const NPM_WATCH_MS = 500;

/** Ends what a step of the start began. */
type Undo = () => Promise<void>;

/** Somebody asked the server to stop; not a failure. */
class StopRequested extends Error {}

/** The values that the steps of a start share. */
interface Start {
  readonly loaded: LoadedSettings;
  readonly logger: Logger;
  /** Aborted when the server must stop: with StopRequested, or with the Error that keeps it from going on. */
  readonly stop: AbortController;
  /** In the order of the steps; carried out in reverse. */
  readonly undo: Undo[];
}

async function loadServerSettings(): Promise<LoadedSettings> {
  const loaded = loadSettings();
  becomeOwnerOf(loaded.settings.dataDir);
  if (loaded.settings.port !== 0) return loaded;
  const port = await reservePort(loaded.settings.host);
  return loadSettings({ overrides: { PORT: String(port) } });
}

async function loadClock(): Promise<Clock> {
  const { Clock } = await import('../../foundation/clock.js');
  return new Clock();
}

async function openDatabase({ loaded, logger, undo }: Start): Promise<DatabaseAddress> {
  const database = databaseOf(loaded.settings);
  if (database) return database;
  const { dataDir } = loaded.settings;
  await upgradeEmbedded(dataDir, logger, loadClock);
  const embedded = await openEmbeddedPostgres({ dataDir, log: logger });
  undo.push(() => embedded.stop());
  return directAddress(embedded.url);
}

/** Resolves with the token of the room that newcomers are sent to, if there is one. */
async function startWorkers(
  { loaded, logger, stop, undo }: Start,
  database: DatabaseAddress,
): Promise<string | undefined> {
  const { workers, databaseUrl: ownDatabase, balancerGrace } = loaded.settings;
  const use = { memory: availableMemory(), workers, isEmbedded: ownDatabase === undefined };
  const pool = new WorkerPool({
    size: workers,
    heap: workerMemory(use).heap,
    environment: {
      ...loaded.environment,
      DATABASE_URL: database.url,
      DATABASE_DIRECT_URL: database.directUrl,
    },
    logger,
    stopping: stop.signal,
    onGivenUp: (reason) => {
      stop.abort(new Error(reason));
    },
  });
  undo.push(() => pool.stop(balancerGrace * 1000 + DRAIN_LIMIT_MS));
  return pool.start();
}

/** Before the workers, so that none is missed. */
async function openMetrics({ loaded, logger, undo }: Start): Promise<void> {
  const { metricsPort, metricsHost, metricsToken } = loaded.settings;
  if (metricsPort === undefined) return;
  const metrics = new ClusterMetrics(VERSION);
  const server = await serveMetrics({
    host: metricsHost,
    port: metricsPort,
    token: metricsToken,
    text: () => metrics.text(),
  });
  undo.push(() => server.stop());
  logger.info(`Metrics are at ${localOrigin(metricsHost, server.port)}/metrics`);
}

async function announce({ dataDir, host, port }: Settings, undo: Undo[]): Promise<void> {
  await writeRunningServer(dataDir, { url: localOrigin(host, port), pid: process.pid });
  undo.push(() => removeRunningServer(dataDir, process.pid));
}

async function greet(announcement: Announcement, logger: Logger): Promise<void> {
  logger.info({ publicKey: announcement.publicKeyHex }, startLine(announcement));
  const warning = loopbackWarning(announcement.publicUrl);
  if (warning !== undefined) logger.warn(warning);
  // A log that is kept has the line above at each start; the page is for somebody who looks.
  if (!announcement.isFirstStart && !process.stdout.isTTY) return;
  // Standard output stays pure JSON lines when a program reads it.
  const stream = process.stdout.isTTY ? process.stdout : process.stderr;
  stream.write(await welcomePage(announcement, stream.isTTY));
}

async function openCommunity(start: Start): Promise<void> {
  const { loaded, logger, stop, undo } = start;
  const { settings, warnings } = loaded;
  for (const warning of warnings) logger.warn(warning);
  await makeDataFolder(settings.dataDir);
  const { identity, created } = await ServerIdentity.loadOrCreate(settings);
  const database = await openDatabase(start);
  stop.signal.throwIfAborted();
  await openMetrics(start);
  const roomToken = await startWorkers(start, database);
  await announce(settings, undo);
  const { publicUrl } = settings;
  const { publicKeyHex } = identity;
  await greet({ publicUrl, publicKeyHex, roomToken, isFirstStart: created }, logger);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener('abort', () => {
        resolve();
      });
  });
}

/**
 * npm, told to stop by a process manager, ends without a word to what it runs: Plaza would go on and hold the port and the
 * database. Its process has another parent then.
 */
function stopWithNpm(stop: AbortController): void {
  if (!isRunByNpm()) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) stop.abort(new StopRequested());
  }, NPM_WATCH_MS).unref();
}

function fail(error: unknown): void {
  process.stderr.write(`plaza: ${errorLine(error)}\n`);
  process.exitCode = 1;
}

async function undoAll(undo: readonly Undo[]): Promise<void> {
  for (const step of undo.toReversed()) await step().catch(fail);
}

/**
 * The life of the first process: opens the community (settings, key, database, first room, workers), keeps its
 * workers alive, and on SIGINT or SIGTERM lets them finish, then ends what it started in reverse order. A reason
 * that keeps it from starting or going on is one line on standard error and exit code 1.
 */
export async function supervise(): Promise<void> {
  const stop = new AbortController();
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      stop.abort(new StopRequested());
    });
  }
  stopWithNpm(stop);
  const undo: Undo[] = [];
  try {
    const loaded = await loadServerSettings();
    const logger = await createLogger(loaded.settings.logLevel, standardTarget(1));
    await openCommunity({ loaded, logger, stop, undo });
    await aborted(stop.signal);
    logger.info('Plaza is stopping');
  } catch (error) {
    // The first reason stands: whatever a step met because of a request to stop is no failure of its own.
    stop.abort(error);
  }
  const reason: unknown = stop.signal.reason;
  if (!(reason instanceof StopRequested)) fail(reason);
  await undoAll(undo);
}
