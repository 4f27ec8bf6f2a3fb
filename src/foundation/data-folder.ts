import { access, constants, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorLine } from './error-line.js';

/**
 * Makes DATA_DIR where it is missing, with the folders above it, and sees whether this process may write there.
 * @throws Error whose message is one line that names DATA_DIR
 */
export async function makeDataFolder(dataDir: string): Promise<void> {
  try {
    await makeFolder(dataDir);
    await access(dataDir, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Error(`DATA_DIR is ${dataDir}, which can't be used: ${errorLine(error)}`, { cause: error });
  }
}

/** mkdir's own recursion never ends where a file system makes no folders, as /proc. */
async function makeFolder(path: string): Promise<void> {
  const isThere = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isThere) return;
  try {
    await mkdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdir(path);
  }
}
