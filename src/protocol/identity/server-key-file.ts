import { randomBytes } from 'node:crypto';
import { link, open, readFile, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { counted } from '../../foundation/wording.js';
import { makeFolder } from '../../foundation/make-folder.js';

/** Size of an X25519 private key. */
export const SERVER_KEY_BYTES = 32;
const OTHERS_MAY_DO_ANYTHING = 0o077;

/** A server key file that can't be used. The message is one line that says what to do about it. */
export class ServerKeyError extends Error {
  override readonly name = 'ServerKeyError';
}

function isCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}

/**
 * Reads the server's private key: 32 raw bytes (protocol 1), or undefined when there is no such file.
 * Throws ServerKeyError when it has another size, or a mode that lets other users read it.
 */
export async function readServerKey(file: string): Promise<Buffer | undefined> {
  try {
    const { mode } = await stat(file);
    if ((mode & OTHERS_MAY_DO_ANYTHING) !== 0) {
      const octal = (mode & 0o777).toString(8).padStart(4, '0');
      throw new ServerKeyError(
        `The server key ${file} is open to other users (mode ${octal}): run chmod 400 ${file}`,
      );
    }
    const key = await readFile(file);
    if (key.length !== SERVER_KEY_BYTES) {
      throw new ServerKeyError(
        `The server key ${file} has ${counted(key.length, 'byte')} but must have ${SERVER_KEY_BYTES}: ` +
          'restore it from a backup, or move it away to get a new key (and with it a new community URL)',
      );
    }
    return key;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    if (error instanceof ServerKeyError) throw error;
    throw new ServerKeyError(`The server key ${file} can't be read: ${(error as Error).message}`);
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeNewKey(file: string, key: Buffer): Promise<boolean> {
  const folder = dirname(file);
  await makeFolder(folder);
  const unfinished = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  const handle = await open(unfinished, 'wx', 0o400);
  try {
    await handle.writeFile(key);
    await handle.sync();
    // A link never replaces a file: of several processes that get here, the first one's key stays.
    await link(unfinished, file);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await handle.close();
    await unlink(unfinished);
    await syncFolder(folder);
  }
}

/**
 * Reads the server's private key and makes one first if there is none: complete on disk before it appears under its
 * name, mode 0400, the same one for all processes that start at once, never replacing a file.
 * Throws ServerKeyError as readServerKey does, and when the file can't be made.
 */
export async function readOrCreateServerKey(file: string): Promise<{ key: Buffer; created: boolean }> {
  const existing = await readServerKey(file);
  if (existing !== undefined) return { key: existing, created: false };
  return makeServerKey(file, randomBytes(SERVER_KEY_BYTES));
}

/**
 * Makes a known private key, of 32 raw bytes, the server's: as safely as readOrCreateServerKey, and as it never
 * replacing a file. Throws ServerKeyError when the file has another key or can't be made.
 */
export async function keepServerKey(file: string, key: Buffer): Promise<void> {
  const kept = (await readServerKey(file)) ?? (await makeServerKey(file, key)).key;
  if (!kept.equals(key))
    throw new ServerKeyError(`The server key ${file} is another one, and is not replaced`);
}

async function makeServerKey(file: string, key: Buffer): Promise<{ key: Buffer; created: boolean }> {
  let created: boolean;
  try {
    created = await writeNewKey(file, key);
  } catch (error) {
    throw new ServerKeyError(`The server key ${file} can't be created: ${(error as Error).message}`);
  }
  const written = await readServerKey(file);
  if (written === undefined)
    throw new ServerKeyError(`The server key ${file} was removed while it was being made`);
  return { key: written, created };
}
