import { mkdir, readdir, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { copyFixture, type FreshFixture } from '../import/support/fixture.js';
import { changeDatabase, dropTriggers } from '../import/support/large-fixture.js';
import { installServer, type TestServer } from '../support/server.js';

let fixture: FreshFixture;
let server: TestServer;

beforeEach(async () => {
  fixture = await copyFixture();
  server = await installServer();
});

afterEach(async () => {
  await server.stop();
  await fixture.remove();
});

it.each([
  ['a value of 200 MB', 'UPDATE messages SET data = zeroblob(200000000) WHERE id = 1', 'more than'],
  ['a counter near 2^63', 'UPDATE rooms SET message_sequence = 9223372036854775800', 'higher than clients'],
  ['an infinite time', 'UPDATE users SET created = 9e999', 'is no number'],
])('an import refuses %s with one line, and keeps nothing', async (_, sql, reason) => {
  changeDatabase(join(fixture.folder, 'sogs.db'), (database) => {
    dropTriggers(database);
    database.exec(sql);
  });
  const { code, stderr } = await server.plaza(
    'import',
    'pysogs',
    '--dry-run',
    '--db',
    join(fixture.folder, 'sogs.db'),
  );
  expect(code).toBe(1);
  expect(stderr.trim().split('\n').at(-1)).toContain(reason);
});

it('an import leaves out a file that leads out of the folder by a link', async () => {
  const uploads = join(fixture.folder, 'uploads');
  const elsewhere = join(fixture.folder, 'elsewhere');
  await rename(uploads, elsewhere);
  await mkdir(uploads);
  for (const name of await readdir(elsewhere)) await symlink(join(elsewhere, name), join(uploads, name));
  const { code, stdout } = await server.plaza(
    'import',
    'pysogs',
    '--dry-run',
    '--db',
    join(fixture.folder, 'sogs.db'),
  );
  expect(code).toBe(0);
  expect(stdout).toMatch(/left out: their bytes are missing/);
});
