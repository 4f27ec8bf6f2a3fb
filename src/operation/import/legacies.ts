import { type Source } from './source/source.js';
import { type RowTally } from './table-reader.js';

/** Finds data that some sources have and Plaza has no place for. */
const LEGACIES = [
  {
    table: 'file_id_hacks',
    column: 'file',
    condition: '1 = 1',
    what: 'old names of files, from an upgrade of pysogs 0.1, were left out: the files have their present ids alone',
  },
  {
    table: 'room_import_hacks',
    column: 'room',
    condition: '1 = 1',
    what: 'rooms had old message ids, from an upgrade of pysogs 0.1: the messages have their present ids alone',
  },
  {
    table: 'rooms',
    column: 'rate_limit_size',
    condition: 'rate_limit_size IS NOT NULL',
    what: 'rooms had a rate limit of their own, left out: POST_RATE_LIMIT and POST_RATE_INTERVAL hold for all rooms',
  },
] as const;

/** Looks for what was left behind for good, beside the rows that each table's account tells of. */
export async function findLegacies(source: Source): Promise<RowTally[]> {
  const found: RowTally[] = [];
  for (const { table, column, condition, what } of LEGACIES) {
    if (!source.schema.hasColumn(table, column)) continue;
    const count = await source.number(`SELECT count(*) FROM ${table} WHERE ${condition}`);
    if (count > 0) found.push({ what, count });
  }
  return found;
}
