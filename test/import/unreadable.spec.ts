import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type * as importing from '../../src/operation/import/import-pysogs.js';
import { compiled } from '../support/compiled.js';
import { copyFixture, type FreshFixture } from './support/fixture.js';

/** A user who owns nothing here. */
const NOBODY = 65_534;
const SILENT = { begin: () => undefined, advance: () => undefined, end: () => undefined };

let fixture: FreshFixture;

beforeEach(async () => {
  fixture = await copyFixture();
  await chmod(fixture.folder, 0o755);
});

afterEach(() => fixture.remove());

/** Rehearses the import as a user who is no root, and returns the refusal; undefined when there is none. */
async function refusal(): Promise<string | undefined> {
  const { PysogsImport } = await compiled<typeof importing>('operation/import/import-pysogs.js');
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    const opened = await PysogsImport.open(
      { db: join(fixture.folder, 'sogs.db') },
      undefined,
      Date.now() / 1_000,
    );
    try {
      await opened.rehearse(SILENT);
      return undefined;
    } finally {
      await opened.close();
    }
  } catch (error) {
    return (error as Error).message;
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

it('a folder is imported by a user who may read all of it', async () => {
  await chmod(join(fixture.folder, 'key_x25519'), 0o444);
  expect(await refusal()).toBeUndefined();
});

it.each([
  ['the database', 'sogs.db', /sogs\.db can't be read: the user .+ may not open .+sogs\.db$/],
  [
    'the write-ahead log of the database',
    'sogs.db-wal',
    /sogs\.db-wal can't be read: the user .+ may not open/,
  ],
  [
    'the key',
    'key_x25519',
    /the key of the old server can't be read: the user .+ may not open .+key_x25519$/,
  ],
  ['the folder of files', 'uploads', /the user .+ may not open .+uploads: give their folder by --uploads$/],
])('an import says who may not read %s', async (_name, path, reason) => {
  await chmod(join(fixture.folder, 'key_x25519'), 0o444);
  if (path.endsWith('-wal')) await writeFile(join(fixture.folder, path), 'x');
  await chmod(join(fixture.folder, path), 0);
  expect(await refusal()).toMatch(reason);
  await chmod(join(fixture.folder, path), 0o700);
});

it('an import does not leave out files that exist and can not be read', async () => {
  await chmod(join(fixture.folder, 'key_x25519'), 0o444);
  const uploads = join(fixture.folder, 'uploads');
  await chmod(uploads, 0o444);
  expect(await refusal()).toMatch(
    /an uploaded file can't be read: the user .+ may not enter the folder .+uploads$/,
  );
  await chmod(uploads, 0o755);
});

it('an import says which folder may not be entered', async () => {
  const inner = join(fixture.folder, 'closed');
  await mkdir(inner);
  await chmod(fixture.folder, 0);
  expect(await refusal()).toMatch(/sogs\.db can't be read: the user .+ may not enter the folder /);
  await chmod(fixture.folder, 0o755);
  await rm(inner, { recursive: true });
});
