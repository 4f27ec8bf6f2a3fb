import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adoptServerKey, findOrCreateServerKey, findServerKey } from './server-key.js';

const key = randomBytes(32);
const another = randomBytes(32);
let folder: string;
let serverKeyFile: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plaza-key-'));
  serverKeyFile = join(folder, 'key_x25519');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('the server takes the key of SERVER_KEY and makes no file', async () => {
  expect(await findOrCreateServerKey({ serverKey: key, serverKeyFile })).toEqual({ key, created: false });
  await adoptServerKey({ serverKey: key, serverKeyFile }, key);
  expect(existsSync(serverKeyFile)).toBe(false);
});

it('SERVER_KEY and the file may hold the same key, and not different ones', async () => {
  await adoptServerKey({ serverKey: undefined, serverKeyFile }, key);
  expect(await findServerKey({ serverKey: key, serverKeyFile })).toEqual(key);
  await expect(findServerKey({ serverKey: another, serverKeyFile })).rejects.toThrow(
    `SERVER_KEY is another key than the one in ${serverKeyFile}: remove the wrong one of the two`,
  );
});

it('the server adopts no key beside another one', async () => {
  await expect(adoptServerKey({ serverKey: key, serverKeyFile }, another)).rejects.toThrow(
    'SERVER_KEY is another key',
  );
  await adoptServerKey({ serverKey: undefined, serverKeyFile }, key);
  await expect(adoptServerKey({ serverKey: undefined, serverKeyFile }, another)).rejects.toThrow(
    'is not replaced',
  );
  expect(readFileSync(serverKeyFile)).toEqual(key);
});
