import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDataFolder } from './data-folder.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plaza-data-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('the data folder is made together with its parents, and an existing one is taken', async () => {
  const deep = join(folder, 'a/b/c');
  await makeDataFolder(deep);
  expect(existsSync(deep)).toBe(true);
  await makeDataFolder(deep);
});

it('the data folder is made once, although several processes make it at the same moment', async () => {
  const deep = join(folder, 'a/b/c/d');
  await Promise.all(Array.from({ length: 20 }, () => makeDataFolder(deep)));
  expect(existsSync(deep)).toBe(true);
});

it('a file in the place of the data folder is refused because it is no folder', async () => {
  const file = join(folder, 'data');
  writeFileSync(file, '');
  await expect(makeDataFolder(file)).rejects.toThrow(
    `DATA_DIR is ${file}, which can't be used: ${file} exists`,
  );
  await expect(makeDataFolder(join(file, 'below'))).rejects.toThrow('would lie in a folder that is a file');
});

const onLinux = process.platform === 'linux' ? it : it.skip;

onLinux('gives up where no folder can be made, as in /proc', async () => {
  await expect(makeDataFolder('/proc/nowhere/data')).rejects.toThrow(
    "DATA_DIR is /proc/nowhere/data, which can't",
  );
});
