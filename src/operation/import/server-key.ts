import { readFile } from 'node:fs/promises';
import { counted } from '../../foundation/wording.js';
import { fileTrouble } from '../../foundation/file-trouble.js';
import { ServerIdentity } from '../../protocol/identity/server-identity.js';
import { SERVER_KEY_BYTES } from '../../protocol/identity/server-key-file.js';
import { ImportError } from './source/import-error.js';
import { type Source } from './source/source.js';

/** Reads the private key of the old server: 32 raw bytes, whatever its mode. */
async function readKey(file: string): Promise<Buffer> {
  const key = await readFile(file).catch((error: unknown) => {
    throw new ImportError(`the key of the old server can't be read: ${fileTrouble(error)}`);
  });
  if (key.length === SERVER_KEY_BYTES) return key;
  throw new ImportError(
    `the key ${file} has ${counted(key.length, 'byte')} but must have ${SERVER_KEY_BYTES}: pysogs calls it key_x25519`,
  );
}

/** The public key, in hex, that the database says its server has; undefined when it does not say. */
async function publicKeyIn(source: Source): Promise<string | undefined> {
  const sql = `SELECT session_id FROM users WHERE length(session_id) = 66 AND session_id LIKE 'ff%'`;
  for await (const rows of source.batches(sql)) {
    if (rows.length === 1) return String(rows[0]?.session_id).slice(2).toLowerCase();
  }
  return undefined;
}

/**
 * The identity that members of the old server know it by, from its key file or, when that was copied already, from
 * ours. All blinded IDs are made for this one key: with another, nobody would be who they were.
 *
 * @param file the old server's key file, if any is known
 * @param existing the identity that this installation has already, if any
 * @throws ImportError when it can't be found, or is not the one of the database, or ours is another one
 */
export async function findServerIdentity(
  source: Source,
  file: string | undefined,
  existing: ServerIdentity | undefined,
): Promise<ServerIdentity> {
  const identity = file === undefined ? existing : await ServerIdentity.ofSecret(await readKey(file));
  if (identity === undefined) {
    throw new ImportError('the key of the old server is needed: give it by --key /path/to/key_x25519');
  }
  const expected = await publicKeyIn(source);
  if (expected !== undefined && expected !== identity.publicKeyHex) {
    throw new ImportError(
      `the key is not the one of this database, whose server has the public key ${expected}: ` +
        'give the right one by --key',
    );
  }
  if (existing !== undefined && existing.publicKeyHex !== identity.publicKeyHex) {
    throw new ImportError(
      `this installation has another server key already (${existing.publicKeyHex}); it is never overwritten: ` +
        'give the new community a DATA_DIR of its own, or move that key away',
    );
  }
  return identity;
}
