import pg from 'pg';
import { maskedValue } from '../../config/masked-value.js';
import { errorLine } from '../../error-line.js';
import { ImportError } from '../import-error.js';
import { type RawRow, type Source } from './source.js';
import { SourceSchema } from './source-schema.js';

const ROWS_PER_BATCH = 256;
const CONNECT_TIMEOUT = 15_000;

/**
 * Opens a PostgreSQL database of pysogs in one read-only transaction that sees it as of one moment, whoever writes to
 * it meanwhile. Throws ImportError when it can't be reached.
 */
export async function openPostgresSource(url: string): Promise<Source> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'plaza import',
    connectionTimeoutMillis: CONNECT_TIMEOUT,
  });
  // A connection that breaks between two queries fails the next one.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    return new PostgresSource(maskedValue(url), client, await readSchema(client));
  } catch (error) {
    await client.end();
    if (error instanceof ImportError) throw error;
    throw new ImportError(`the database ${maskedValue(url)} can't be opened: ${errorLine(error)}`);
  }
}

async function readSchema(client: pg.Client): Promise<SourceSchema> {
  const { rows } = await client.query<{ table: string; columns: string[] }>(
    `SELECT c.relname AS "table", array_agg(a.attname::text) AS columns
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relkind IN ('r', 'p') AND pg_table_is_visible(c.oid)
       AND c.relnamespace <> 'pg_catalog'::regnamespace
     GROUP BY c.relname`,
  );
  return new SourceSchema('postgres', new Map(rows.map(({ table, columns }) => [table, new Set(columns)])));
}

class PostgresSource implements Source {
  private cursors = 0;

  constructor(
    readonly name: string,
    private readonly client: pg.Client,
    readonly schema: SourceSchema,
  ) {}

  async *batches(sql: string): AsyncIterable<readonly RawRow[]> {
    const cursor = `plaza_${++this.cursors}`;
    await this.client.query(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${sql}`);
    for (;;) {
      const { rows } = await this.client.query<RawRow>(`FETCH ${ROWS_PER_BATCH} FROM ${cursor}`);
      if (rows.length === 0) break;
      yield rows;
    }
    await this.client.query(`CLOSE ${cursor}`);
  }

  async number(sql: string): Promise<number> {
    const { rows } = await this.client.query<Record<string, unknown>>(sql);
    return Number(Object.values(rows[0] ?? {})[0] ?? 0);
  }

  async highestId(table: string): Promise<number> {
    const highest = await this.number(`SELECT max(id) FROM ${table}`);
    const { rows } = await this.client.query<{ name: string | null }>(
      `SELECT pg_get_serial_sequence($1, 'id') AS name`,
      [table],
    );
    const sequence = rows[0]?.name;
    if (!sequence) return highest;
    return Math.max(highest, await this.number(`SELECT last_value FROM ${sequence} WHERE is_called`));
  }

  /** One snapshot can't be torn. */
  assertUnchanged(): Promise<void> {
    return Promise.resolve();
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}
