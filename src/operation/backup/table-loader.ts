import { type Client } from 'pg';
import { column, type Columns } from '../../foundation/database/columns.js';
import { readRows } from '../../foundation/database/read-rows.js';
import { type BackupTable } from './archive/archive-format.js';
import { BackupError } from './archive/backup-error.js';
import { checksumRows, readAllTables } from './tables.js';

/** Clients keep numbers below 2^53; this leaves a server ten thousand numbers a second for decades. */
export const HIGHEST_COUNTER = Number.MAX_SAFE_INTEGER - 2 ** 44;

interface Constraint {
  table: string;
  name: string;
  definition: string;
}

const CONSTRAINT_COLUMNS: Columns<Constraint> = {
  table: column.text,
  name: column.text,
  definition: column.text,
};

/**
 * Fills empty tables in any order: references between tables are taken away meanwhile, and checked for all rows when
 * they come back. All in the caller's transaction, during which nobody else can write to the tables.
 */
export class TableLoader {
  private constructor(
    private readonly client: Client,
    readonly tables: readonly BackupTable[],
    private readonly references: readonly Constraint[],
  ) {}

  /** @throws BackupError when the backup has other tables or columns than this database */
  static async open(client: Client, tables: readonly BackupTable[]): Promise<TableLoader> {
    const own = await readAllTables(client);
    if (tables.length === 0) throw new BackupError('the backup has no tables');
    if (new Set(tables.map(({ name }) => name)).size < tables.length) {
      throw new BackupError('the backup has a table twice');
    }
    for (const { name, columns, key, text_key } of tables) {
      const keys = [...key, ...text_key];
      const same = own.find((table) => table.name === name);
      const unknown = columns.find((column) => !same?.columns.includes(column));
      const stray = keys.find((column) => !columns.includes(column));
      if (stray !== undefined) throw new BackupError(`the backup has no column ${name}.${stray}`);
      if (unknown !== undefined)
        throw new BackupError(`the backup has a column ${name}.${unknown} that is unknown`);
    }
    const names = tables.map(({ name }) => name).join(', ');
    await client.query(`LOCK TABLE ${names} IN ACCESS EXCLUSIVE MODE`);
    const references = await readRows(
      client,
      CONSTRAINT_COLUMNS,
      `SELECT conrelid::regclass::text AS "table", quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition
       FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY conname`,
    );
    for (const { table, name } of references)
      await client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
    for (const { name } of tables) await client.query(`ALTER TABLE ${name} DISABLE TRIGGER USER`);
    return new TableLoader(client, tables, references);
  }

  /** The COPY statement that takes rows of a table. */
  statement({ name, columns }: BackupTable): string {
    return `COPY ${name} (${columns.join(', ')}) FROM STDIN`;
  }

  checksum(table: BackupTable): Promise<string> {
    return checksumRows(this.client, table);
  }

  /**
   * Brings back what was taken away, and lets ids go on.
   * @param sequences the last id given out by each when the backup was taken; null before the first
   * @param margin    how many each may have given out since, none of which is given out again
   */
  async close(sequences: Readonly<Record<string, number | null>>, margin: number): Promise<void> {
    for (const { table, name, definition } of this.references) {
      await this.client.query(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`);
    }
    for (const { name } of this.tables) await this.client.query(`ALTER TABLE ${name} ENABLE TRIGGER USER`);
    for (const [name, last] of Object.entries(sequences)) {
      const given = (last ?? 0) + margin;
      if (given > HIGHEST_COUNTER) throw new BackupError(`the backup's ${name} is too high`);
      if (given > 0) await this.client.query('SELECT setval($1::regclass, $2)', [name, given]);
    }
  }
}
