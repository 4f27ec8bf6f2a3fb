import { access, constants } from 'node:fs/promises';
import { errorLine } from './error-line.js';
import { makeFolder } from './make-folder.js';

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
