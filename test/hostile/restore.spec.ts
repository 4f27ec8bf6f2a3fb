import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from 'tar-stream';
import { buffer } from 'node:stream/consumers';
import { installServer, type TestServer } from '../support/server.js';

let folder: string;
let server: TestServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plaza-hostile-'));
  server = await installServer();
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

/** Restores a file and expects one line of refusal that contains `reason`. */
async function refuses(file: string, reason: string): Promise<void> {
  const { code, stderr } = await server.plaza('restore', file);
  expect({ code, lines: stderr.trim().split('\n').length }).toEqual({ code: 1, lines: 1 });
  expect(stderr).toContain(reason);
}

describe('a restore refuses', () => {
  it('a pipe and a device, which may have no end', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await refuses(pipe, 'it is no regular file');
    await refuses('/dev/zero', 'it is no regular file');
  });

  it('an entry that is a link', async () => {
    const tar = pack();
    tar.entry({ name: 'plaza-backup.json', type: 'symlink', linkname: '/etc/passwd' });
    tar.finalize();
    const file = join(folder, 'link.tar');
    await writeFile(file, await buffer(tar));
    await refuses(file, 'no regular file');
  });

  it('an extended header, which would be collected in memory at any size', async () => {
    const tar = pack();
    tar.entry({ name: 'x'.repeat(300) }, 'a long name takes an extended header');
    tar.finalize();
    const file = join(folder, 'long.tar');
    await writeFile(file, await buffer(tar));
    await refuses(file, 'no regular file');
  });
});
