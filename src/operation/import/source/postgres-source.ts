import pg from 'pg';
import { maskedValue } from '../../../foundation/config/masked-value.js';
import { column } from '../../../foundation/database/columns.js';
import { errorCode } from '../../../foundation/database/errors.js';
import { readOne, readRow, readRows } from '../../../foundation/database/read-rows.js';
import { errorLine } from '../../../foundation/error-line.js';
import { ImportError } from './import-error.js';
import { LARGEST_VALUE, type RawRow, type Source } from './source.js';
import { SourceSchema } from './source-schema.js';

const ROWS_PER_BATCH = 32;
/** Milliseconds of one statement; the slowest is a count over the largest table. */
const STATEMENT_TIMEOUT = 10 * 60_000;
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
    // Policies of rows are functions of their owner: PostgreSQL refuses a table with one instead of running it.
    await client.query(
      `SET statement_timeout = ${STATEMENT_TIMEOUT}; SET lock_timeout = '10s'; SET row_security = off`,
    );
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await refuseOwnFunctions(client);
    const source = new PostgresSource(maskedValue(url), client, await readSchema(client));
    await source.refuseLargeValues();
    return source;
  } catch (error) {
    await client.end();
    if (error instanceof ImportError) throw error;
    throw new ImportError(`the database ${maskedValue(url)} can't be read: ${problemOf(error)}`);
  }
}

/**
 * A function or operator of the database's own can have the name of one of PostgreSQL's and fit better where it is used,
 * so that reading would run it. pysogs has none.
 */
async function refuseOwnFunctions(client: pg.Client): Promise<void> {
  const own = await readRow(
    client,
    { name: column.text },
    `SELECT p.proname AS name FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
       AND EXISTS (SELECT FROM pg_catalog.pg_proc own WHERE own.proname = p.proname
         AND own.pronamespace = 'pg_catalog'::pg_catalog.regnamespace)
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
     UNION ALL
     SELECT o.oprname FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = o.oid AND d.deptype = 'e')
     LIMIT 1`,
  );
  if (own) {
    throw new ImportError(`the database has a function or operator ${own.name} of its own: remove it first`);
  }
}

const PERMISSION_DENIED = '42501';

function problemOf(error: unknown): string {
  const line = errorLine(error);
  const isDenied = errorCode(error) === PERMISSION_DENIED;
  return isDenied ? `${line}: its user needs SELECT on all tables (GRANT SELECT ON ALL TABLES …)` : line;
}

async function readSchema(client: pg.Client): Promise<SourceSchema> {
  const rows = await readRows(
    client,
    { table: column.text, columns: column.list(column.text) },
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

  /** @throws ImportError when a value is larger than any that pysogs takes */
  async refuseLargeValues(): Promise<void> {
    for (const [table, columns] of this.schema.all()) {
      for (const name of columns) {
        const size = `pg_catalog.octet_length(${pg.escapeIdentifier(name)}::pg_catalog.text)`;
        const typed = await readRow(
          this.client,
          { type: column.text },
          `SELECT pg_catalog.format_type(atttypid, NULL) AS type FROM pg_catalog.pg_attribute
           WHERE attrelid = $1::pg_catalog.regclass AND attname = $2`,
          [pg.escapeIdentifier(table), name],
        );
        const type = typed?.type ?? '';
        if (!['bytea', 'text', 'character varying'].includes(type)) continue;
        const measured = type === 'bytea' ? `pg_catalog.octet_length(${pg.escapeIdentifier(name)})` : size;
        const { rowCount } = await this.client.query(
          `SELECT FROM ${pg.escapeIdentifier(table)} WHERE ${measured} > ${LARGEST_VALUE} LIMIT 1`,
        );
        if (rowCount !== 0) {
          throw new ImportError(
            `the table ${table} has a value of more than ${LARGEST_VALUE} bytes in ${name}: shorten or delete it first`,
          );
        }
      }
    }
  }

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
    const columns = { number: column.number.orNull };
    const { number } = await readOne(this.client, columns, `SELECT (${sql})::pg_catalog.float8 AS number`);
    return number ?? 0;
  }

  async highestId(table: string): Promise<number> {
    const highest = await this.number(`SELECT max(id) FROM ${table}`);
    const { sequence } = await readOne(
      this.client,
      { sequence: column.text.orNull },
      `SELECT pg_get_serial_sequence($1, 'id') AS sequence`,
      [table],
    );
    if (sequence === null) return highest;
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
