import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../make-folder.js';
import { DatabaseStartError, errorCode } from '../errors.js';
import { type PostgresBinaries, broughtMajor, findBinaries } from './binaries.js';
import { asTheyAre, canHandOver, handOver, type FileHandles } from './handles.js';
import { type EmbeddedLog } from './log.js';
import { openSharedFolder } from './shared-folder.js';
import { canEnter, chooseSystemUser, isRoot, runToEnd, type SystemUser } from './system-user.js';

/** The database role that Plaza works as, and the name of its database. */
export const DATABASE_NAME = 'plaza';

const SCRATCH_PREFIX = '.postgres-';
/** Milliseconds after which a half-made database can only be left over from a crash. */
const ABANDONED_AFTER = 10 * 60_000;

/** One embedded database on disk and who runs it. */
export interface EmbeddedInstance {
  /** `DATA_DIR` as the operator wrote it, for messages. */
  dataDir: string;
  /** PostgreSQL's data folder, an absolute path without links. */
  cluster: string;
  /** Folder for the socket; only PostgreSQL's user can enter it. */
  socketFolder: string;
  password: string;
  /** Undefined: PostgreSQL runs as the user of this process. */
  user: SystemUser | undefined;
  /** Whether `user` can't pass the folders above, so that PostgreSQL gets its own as descriptors. */
  isOutOfReach: boolean;
  binaries: PostgresBinaries;
}

/** One database of a data folder: by default the community's, in the version that Plaza brings. */
export interface InstanceChoice {
  /** Its folder within `dataDir`. */
  readonly name?: string;
  /** The major version of PostgreSQL that runs it. */
  readonly major?: number;
}

/**
 * Finds the database of `dataDir`, or makes it. It appears under its name complete or not at all, so processes that
 * start at the same moment agree on one and a crash half-way leaves nothing that looks like a database.
 *
 * @throws DatabaseStartError when it belongs to another user, cannot be reached, or is of another major version
 */
export async function openInstance(
  dataDir: string,
  log: EmbeddedLog,
  { name = 'postgres', major = broughtMajor() }: InstanceChoice = {},
): Promise<EmbeddedInstance> {
  await makeFolder(dataDir);
  const base = await realpath(dataDir);
  const entry = join(base, name);
  await removeAbandoned(base);
  if (!(await exists(entry))) await createInstance(base, entry, log);

  const folder = await realpath(entry).catch((error: unknown) => {
    throw new DatabaseStartError(
      `${entry} points to a folder that is missing; restore it or remove the link`,
      {
        cause: error,
      },
    );
  });
  const cluster = join(folder, 'cluster');
  await refuseOtherMajor(base, { name, major });
  const { user, isOutOfReach } = await ownerOf(cluster);
  return {
    dataDir,
    cluster,
    socketFolder: join(folder, 'socket'),
    password: await readFile(join(folder, 'password'), 'utf8'),
    user,
    isOutOfReach,
    binaries: await findBinaries(base, user, log, major),
  };
}

/** The major version of PostgreSQL that made the database of this name in `dataDir`; undefined when there is none. */
export async function majorOf(dataDir: string, name = 'postgres'): Promise<number | undefined> {
  const text = await readFile(join(dataDir, name, 'cluster', 'PG_VERSION'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Number.parseInt(text, 10);
}

async function refuseOtherMajor(dataDir: string, { name, major }: Required<InstanceChoice>): Promise<void> {
  const found = await majorOf(dataDir, name);
  if (found === undefined || found === major) return;
  throw new DatabaseStartError(
    found > major
      ? `PostgreSQL ${found} made the database in ${dataDir}, and this Plaza brings ${major}: install the newer Plaza again`
      : `PostgreSQL ${found} made the database in ${dataDir}: start the server once, which brings it to ${major}`,
  );
}

/** Whether `dataDir` has a database, or something in its place. */
export function hasInstance(dataDir: string): Promise<boolean> {
  return exists(join(dataDir, 'postgres'));
}

/** An empty folder counts as missing: an operator may have made it to mount or to own it. */
async function exists(entry: string): Promise<boolean> {
  const found = await lstat(entry).catch(() => undefined);
  if (!found) return false;
  // A folder that we may not read is not empty for sure; whose it is will be told later.
  return found.isSymbolicLink() || (await readdir(entry).catch(() => [entry])).length > 0;
}

/** Data made by a user stays that user's, whoever starts Plaza later. */
async function ownerOf(cluster: string): Promise<Pick<EmbeddedInstance, 'user' | 'isOutOfReach'>> {
  const found = await stat(cluster).catch((error: unknown) => {
    throw new DatabaseStartError(`${cluster} cannot be opened (${errorCode(error) ?? 'unknown error'})`, {
      cause: error,
    });
  });
  const own = process.getuid?.();
  if (own !== 0) {
    if (found.uid === own) return { user: undefined, isOutOfReach: false };
    throw new DatabaseStartError(
      `${cluster} belongs to the user with id ${found.uid}, but Plaza runs as ${own ?? 'another'}: start it as that user or as root`,
    );
  }
  const user = { uid: found.uid, gid: found.gid };
  const isOutOfReach = !(await canEnter(cluster, user));
  if (!isOutOfReach || canHandOver()) return { user, isOutOfReach };
  throw new DatabaseStartError(
    `The user with id ${user.uid}, who runs PostgreSQL, cannot enter ${cluster}: allow it to pass the folders above (chmod o+x)`,
  );
}

async function createInstance(base: string, entry: string, log: EmbeddedLog): Promise<void> {
  const user = isRoot() ? await chooseSystemUser() : undefined;
  const binaries = await findBinaries(base, user, log);
  const isOutOfReach = user !== undefined && !(await canEnter(base, user));
  const elsewhere = isOutOfReach && !canHandOver();
  const scratch = elsewhere
    ? await mkdtemp(join(await openSharedFolder(), 'database-'))
    : await mkdtemp(join(base, SCRATCH_PREFIX));
  try {
    await initialise(scratch, { binaries, user, isOutOfReach: isOutOfReach && !elsewhere });
    if (elsewhere) await link(scratch, entry);
    else await rename(scratch, entry);
  } catch (error) {
    await rm(scratch, { recursive: true, force: true });
    // Another process that started at the same moment was first: its database is the one.
    if (['EEXIST', 'ENOTEMPTY'].includes(errorCode(error) ?? '')) return;
    throw error;
  }
  if (user) log.info(`PostgreSQL does not run as root: the database runs as the user ${user.name}`);
  if (elsewhere) log.info(`The user ${user.name} cannot enter ${base}: the database is in ${scratch}`);
}

async function link(folder: string, entry: string): Promise<void> {
  await rmdir(entry).catch(() => undefined);
  await symlink(folder, entry);
}

/** The paths by which PostgreSQL's processes reach these. */
export function reach(
  { isOutOfReach }: Pick<EmbeddedInstance, 'isOutOfReach'>,
  paths: readonly string[],
): Promise<FileHandles> {
  return isOutOfReach ? handOver(paths) : Promise.resolve(asTheyAre(paths));
}

async function initialise(
  folder: string,
  { binaries, user, isOutOfReach }: Pick<EmbeddedInstance, 'binaries' | 'user' | 'isOutOfReach'>,
): Promise<void> {
  const password = randomBytes(24).toString('base64url');
  const passwordForInitdb = join(folder, 'initdb-password');
  // Passing through is all that PostgreSQL's user needs here: the password beside its folders stays ours.
  await chmod(folder, user ? 0o711 : 0o700);
  await writeFile(join(folder, 'password'), password, { mode: 0o600, flush: true });
  await writeFile(passwordForInitdb, password, { mode: 0o600 });
  for (const name of ['cluster', 'socket']) await mkdir(join(folder, name), { mode: 0o700 });
  if (user) {
    for (const name of ['cluster', 'socket', 'initdb-password']) {
      await chown(join(folder, name), user.uid, user.gid);
    }
  }
  const handles = await reach({ isOutOfReach }, [join(folder, 'cluster'), passwordForInitdb]);
  const [cluster = '', passwordFile = ''] = handles.paths;
  const { code, output } = await runToEnd(
    binaries.initdb,
    [
      ...['-D', cluster, `--username=${DATABASE_NAME}`, `--pwfile=${passwordFile}`],
      ...['--auth=scram-sha-256', '--encoding=UTF8', '--no-instructions', '--data-checksums'],
      // PostgreSQL's own C.UTF-8 sorts and folds alike on every machine and needs no locale of the system.
      ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ],
    user,
    handles.descriptors,
  );
  await handles.close();
  if (code !== 0) {
    throw new DatabaseStartError(`PostgreSQL could not make its database: ${reasonIn(output)}`);
  }
  await rm(passwordForInitdb);
}

async function removeAbandoned(base: string): Promise<void> {
  // A user who may not look into the folder is told whose it is when the database is opened.
  for (const name of await readdir(base).catch(() => [])) {
    if (!name.startsWith(SCRATCH_PREFIX)) continue;
    const path = join(base, name);
    const found = await stat(path).catch(() => undefined);
    if (found && found.mtimeMs < Date.now() - ABANDONED_AFTER)
      await rm(path, { recursive: true, force: true });
  }
}

/** The line with the cause, where there is one: initdb ends with what it cleans up. */
function reasonIn(output: string): string {
  const lines = output.trim().split('\n');
  return lines.find((line) => /error:|FATAL:|No space left/.test(line)) ?? lines.at(-1) ?? '';
}
