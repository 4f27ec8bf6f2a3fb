import { maskedValue } from '../../foundation/config/masked-value.js';
import { errorLine } from '../../foundation/error-line.js';
import { DatabaseStartError } from '../../foundation/database/errors.js';
import { migrateDatabase } from './migrate.js';

/**
 * Brings the database at `url` up to this version of Plaza. Any number of processes may call this at once.
 * Throws DatabaseStartError, also when the database can't be reached or does not let us in.
 */
export async function prepareDatabase(url: string): Promise<void> {
  try {
    await migrateDatabase(url);
  } catch (error) {
    if (error instanceof DatabaseStartError) throw error;
    const reason = errorLine(error);
    throw new DatabaseStartError(`The database ${maskedValue(url)} can't be opened: ${reason}`, {
      cause: error,
    });
  }
}
