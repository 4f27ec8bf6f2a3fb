import { open } from 'node:fs/promises';
import { type Settings } from '../../foundation/config/settings.js';
import { fileTrouble } from '../../foundation/file-trouble.js';
import { BackupError } from './archive/backup-error.js';

const LONGEST_FILE = 4_096;
const SHORTEST = 8;

/**
 * Reads the passphrase in a file: its first line.
 * @throws BackupError when the file can't be read, or the passphrase is shorter than eight characters
 */
export async function readPassphrase(file: string): Promise<string> {
  const text = await readStart(file).catch((error: unknown) => {
    throw new BackupError(`The passphrase for backups can't be read: ${fileTrouble(error)}`);
  });
  const [passphrase = ''] = text.split(/\r?\n/);
  if (passphrase.length >= SHORTEST) return passphrase;
  throw new BackupError(`The passphrase in ${file} has fewer than ${SHORTEST} characters`);
}

/** The passphrase that seals backups by the settings; undefined when they are not sealed. */
export async function passphraseOf({ backupPassphraseFile }: Settings): Promise<string | undefined> {
  return backupPassphraseFile === undefined ? undefined : readPassphrase(backupPassphraseFile);
}

async function readStart(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(LONGEST_FILE), 0, LONGEST_FILE, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
