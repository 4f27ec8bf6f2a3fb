import { lstat } from 'node:fs/promises';
import { makeFolder } from '../../make-folder.js';
import { DatabaseStartError } from '../errors.js';

/**
 * Where root keeps copies that PostgreSQL's user must reach but which would lie in a closed folder, as under /root. It may be
 * removed whenever Plaza does not run. Where there is no /proc, databases lie there, too.
 */
const SHARED_FOLDER = process.platform === 'linux' ? '/var/cache/plaza' : '/usr/local/var/plaza';

/**
 * Makes the shared folder when it is missing.
 *
 * @returns its path
 * @throws DatabaseStartError when others could tamper with it
 */
export async function openSharedFolder(): Promise<string> {
  await makeFolder(SHARED_FOLDER, 0o755);
  await refuseForeignFolder(SHARED_FOLDER);
  return SHARED_FOLDER;
}

/**
 * Nobody but root may be able to write what root executes or trusts.
 *
 * @throws DatabaseStartError when `folder` is not a folder of root's that only root writes
 */
export async function refuseForeignFolder(folder: string): Promise<void> {
  const found = await lstat(folder);
  if (!found.isDirectory() || found.uid !== 0 || (found.mode & 0o022) !== 0) {
    throw new DatabaseStartError(
      `${folder} must be a folder that belongs to root and that only root can write`,
    );
  }
}
