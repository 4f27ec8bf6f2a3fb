import { rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { diskSpace } from '../../foundation/disk-space.js';
import { type Clock } from '../../foundation/clock.js';
import { DatabaseStartError, errorCode } from '../../foundation/database/errors.js';
import {
  broughtMajor,
  type EmbeddedLog,
  type EmbeddedOptions,
  majorOf,
  openEmbeddedPostgres,
} from '../../foundation/database/embedded/embedded-postgres.js';

/** The community's database. */
const CURRENT = 'postgres';
/** A new one that is being filled; after a crash it is thrown away. */
const UNFINISHED_FOLDER = 'postgres.unfinished';
/** A new one that holds everything, until it takes its place. */
const READY = 'postgres.ready';
/** Seconds for which the old database is kept after it was replaced. */
const KEPT_FOR = 14 * 24 * 60 * 60;
/** The first PostgreSQL that an embedded database was made by. */
const OLDEST_MAJOR = 16;
/** A new database takes at most this many times the bytes of the old one, with its log, and some megabytes of its own. */
const ROOM_FACTOR = 1.5;
const ROOM_BESIDE = 200e6;

/**
 * Brings the embedded database in `dataDir` to the major version of PostgreSQL that this Plaza brings, when an older one made
 * it. Everything is copied to a new one beside it and compared, and the new one takes its place by renames; a kill at any moment
 * leaves the old one or the new one whole, and the next start goes on. The old one is kept for 14 days.
 *
 * While it is copied this process owns the old database, so that no other server or command uses it.
 *
 * @param loadClock is called when there is something to do: a clock brings the framework, which most starts do without
 * @throws DatabaseStartError when the programs of the old version or the room on the disk are missing
 */
export async function upgradeEmbedded(
  dataDir: string,
  log: EmbeddedLog,
  loadClock: () => Promise<Clock>,
): Promise<void> {
  await finishExchange(dataDir);
  const [found, brought] = [await majorOf(dataDir), broughtMajor()];
  if (found === undefined || found >= brought) {
    await removeOutdated(dataDir, { brought, loadClock }, log);
    return;
  }
  log.info(
    `PostgreSQL ${found} made the database: bringing it to ${brought}, which takes some minutes for each GB`,
  );
  // Loaded here: the supervisor, which asks at each start, does without what migrations need.
  const { copyCommunity, databaseBytes } = await import('./copy-community.js');
  const { prepareDatabase } = await import('../../records/schema/prepare-database.js');
  const old = await openEmbeddedPostgres({ dataDir, log, choice: { major: found } });
  try {
    await prepareDatabase(old.url);
    await checkRoom(dataDir, await databaseBytes(old.url));
    await fillNewDatabase({ dataDir, log }, async (url) => {
      await prepareDatabase(url);
      await copyCommunity(old.url, url);
    });
    await exchange(dataDir, found, (await loadClock()).seconds());
  } finally {
    await old.stop();
  }
  log.info(
    `The database is one of PostgreSQL ${brought} now. The old one stays in ${former(dataDir, found)} for 14 days; you may remove it`,
  );
}

/** Makes the new database, from the start: whatever an earlier attempt left is unfinished. */
async function fillNewDatabase(
  { dataDir, log }: EmbeddedOptions,
  copyTo: (url: string) => Promise<void>,
): Promise<void> {
  for (const name of [UNFINISHED_FOLDER, READY])
    await rm(join(dataDir, name), { recursive: true, force: true });
  const fresh = await openEmbeddedPostgres({ dataDir, log, choice: { name: UNFINISHED_FOLDER } });
  try {
    await copyTo(fresh.url);
  } finally {
    // All is on disk once it has stopped.
    await fresh.stop();
  }
}

/** The old one runs on in its folder under another name, so that nobody else opens it meanwhile. */
async function exchange(dataDir: string, old: number, now: number): Promise<void> {
  await rename(join(dataDir, UNFINISHED_FOLDER), join(dataDir, READY));
  await rename(join(dataDir, CURRENT), former(dataDir, old));
  await finishExchange(dataDir);
  await utimes(former(dataDir, old), now, now);
}

/** The last step, also of a start that was killed before it: only then there is no database and a ready one. */
async function finishExchange(dataDir: string): Promise<void> {
  if ((await majorOf(dataDir)) !== undefined || (await majorOf(dataDir, READY)) === undefined) return;
  await rename(join(dataDir, READY), join(dataDir, CURRENT)).catch((error: unknown) => {
    // Another process that started at this moment did it.
    if (errorCode(error) !== 'ENOENT') throw error;
  });
}

function former(dataDir: string, major: number): string {
  return join(dataDir, `${CURRENT}-${major}`);
}

async function removeOutdated(
  dataDir: string,
  { brought, loadClock }: { brought: number; loadClock: () => Promise<Clock> },
  log: EmbeddedLog,
): Promise<void> {
  for (let major = brought - 1; major >= OLDEST_MAJOR; major--) {
    const folder = former(dataDir, major);
    const found = await stat(folder).catch(() => undefined);
    if (!found || found.mtimeMs / 1000 > (await loadClock()).seconds() - KEPT_FOR) continue;
    await rm(folder, { recursive: true });
    log.info(`Removed the database that PostgreSQL ${major} had made: it was replaced 14 days ago`);
  }
}

async function checkRoom(dataDir: string, bytes: number): Promise<void> {
  const { free } = await diskSpace(dataDir);
  const needed = bytes * ROOM_FACTOR + ROOM_BESIDE;
  if (free >= needed) return;
  throw new DatabaseStartError(
    `To bring the database to PostgreSQL ${broughtMajor()}, ${Math.ceil(needed / 1e6)} MB must be free in ${dataDir}: ` +
      `there are ${Math.floor(free / 1e6)}`,
  );
}
