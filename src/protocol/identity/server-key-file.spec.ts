import { generateKeyPairSync, randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerIdentity } from './server-identity.js';
import { readOrCreateServerKey, readServerKey, ServerKeyError } from './server-key-file.js';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plaza-key-'));
  file = join(folder, 'key_x25519');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function writeKey(bytes: Buffer, mode = 0o400): void {
  writeFileSync(file, bytes);
  chmodSync(file, mode);
}

describe('a missing key', () => {
  it('is made once: 32 bytes that only the owner may read', async () => {
    const first = await readOrCreateServerKey(file);
    expect(first.created).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o400);
    expect(readFileSync(file)).toEqual(first.key);
    expect(first.key).toHaveLength(32);
    expect(await readOrCreateServerKey(file)).toEqual({ key: first.key, created: false });
  });

  it('is not made by a reader', async () => {
    expect(await readServerKey(file)).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is made together with its folder', async () => {
    file = join(folder, 'deep', 'er', 'key');
    expect((await readOrCreateServerKey(file)).created).toBe(true);
  });

  it('is the same for all processes that make it at once, and leaves no other file', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => readOrCreateServerKey(file)));
    expect(new Set(results.map(({ key }) => key.toString('hex'))).size).toBe(1);
    expect(results.filter(({ created }) => created)).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(['key_x25519']);
  });

  it('that can not be made is told with the reason', async () => {
    writeFileSync(join(folder, 'taken'), '');
    const attempt = readOrCreateServerKey(join(folder, 'taken', 'key'));
    await expect(attempt).rejects.toThrow(ServerKeyError);
    await expect(attempt).rejects.toThrow(join(folder, 'taken', 'key'));
  });
});

describe('a key that is there', () => {
  it.each([0o400, 0o600])('is used with mode %o', async (mode) => {
    const key = randomBytes(32);
    writeKey(key, mode);
    expect(await readOrCreateServerKey(file)).toEqual({ key, created: false });
  });

  it.each([0, 31, 33, 64])('of %d bytes is refused and left as it is', async (size) => {
    const bytes = randomBytes(size);
    writeKey(bytes);
    await expect(readOrCreateServerKey(file)).rejects.toThrow(
      `The server key ${file} has ${size} bytes but must have 32`,
    );
    expect(readFileSync(file)).toEqual(bytes);
  });

  it.each([0o440, 0o404, 0o644, 0o420, 0o401])('with mode %o is refused with the remedy', async (mode) => {
    writeKey(randomBytes(32), mode);
    await expect(readOrCreateServerKey(file)).rejects.toThrow(
      `The server key ${file} is open to other users (mode ${mode.toString(8).padStart(4, '0')}): run chmod 400 ${file}`,
    );
  });

  it('that is a folder is refused', async () => {
    mkdirSync(file, { mode: 0o700 });
    await expect(readOrCreateServerKey(file)).rejects.toThrow("can't be read");
  });
});

describe('the identity of a key', () => {
  it('is its X25519 public key, as OpenSSL computes it too', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('x25519');
    writeKey(Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url'));
    const identity = await ServerIdentity.load({ serverKey: undefined, serverKeyFile: file });
    const expected = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
    expect(identity?.publicKey).toEqual(expected);
    expect(identity?.publicKeyHex).toBe(expected.toString('hex'));
  });

  it('is undefined before there is a key', async () => {
    expect(await ServerIdentity.load({ serverKey: undefined, serverKeyFile: file })).toBeUndefined();
  });
});
