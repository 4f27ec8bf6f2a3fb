import { ImportError } from './import-error.js';

export type Dialect = 'sqlite' | 'postgres';

/** Tables without which it is no database of pysogs 0.3. */
const REQUIRED = ['rooms', 'users', 'messages', 'files', 'user_permission_overrides'];

/** The tables and columns of a source: releases of pysogs 0.3, and bunsogs, differ by a few. */
export class SourceSchema {
  /**
   * @param tables names of columns by name of table
   * @throws ImportError when it is no database of pysogs
   */
  constructor(
    readonly dialect: Dialect,
    private readonly tables: ReadonlyMap<string, ReadonlySet<string>>,
  ) {
    refuseVersion01(tables);
    const missing = REQUIRED.filter((table) => !tables.has(table));
    if (missing.length > 0) {
      throw new ImportError(`this is no database of pysogs: it has no table ${missing.join(', ')}`);
    }
  }

  /** Every table with its columns. */
  all(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.tables;
  }

  has(table: string): boolean {
    return this.tables.has(table);
  }

  hasColumn(table: string, column: string): boolean {
    return this.tables.get(table)?.has(column) === true;
  }

  /**
   * SQL of a column, or of what stands for it where a release did not have it yet.
   * @throws ImportError when nothing can stand for it
   */
  column(table: string, alias: string, column: string, standIn?: string): string {
    if (this.hasColumn(table, column)) return `${alias}."${column}"`;
    if (standIn !== undefined) return standIn;
    throw new ImportError(
      `the table ${table} has no column ${column}: start pysogs 0.3.8 on this database once, which brings it up to date`,
    );
  }

  /** SQL of a blob or text as bytes: SQLite keeps either in any column, and its driver would end texts at a NUL. */
  bytes(expression: string): string {
    return this.dialect === 'sqlite' ? `CAST(${expression} AS BLOB)` : expression;
  }
}

/**
 * pysogs 0.1 had a SQLite file of its own for each room, `rooms/TOKEN.db`, and `database.db` with the table `main` of
 * their names.
 */
function refuseVersion01(tables: ReadonlyMap<string, ReadonlySet<string>>): void {
  if (tables.has('users')) return;
  const hasAll = (table: string, columns: readonly string[]): boolean =>
    columns.every((column) => tables.get(table)?.has(column));
  const isList = hasAll('main', ['id', 'name', 'image_id']);
  const isRoom = hasAll('messages', ['public_key', 'timestamp', 'is_deleted']);
  if (!isList && !isRoom) return;
  throw new ImportError(
    `this is ${isList ? 'the list of rooms' : 'a single room'} of pysogs 0.1: start pysogs 0.3.8 once in the folder with ` +
      'database.db and rooms/, which makes sogs.db of them, and import that',
  );
}
