import { mkdtemp, realpath, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as takeTurns } from 'node:timers/promises';
import sqlite, { type Database, type Statement } from 'node-sqlite3-wasm';
import { errorLine } from '../../error-line.js';
import { ImportError } from '../import-error.js';
import { type RawRow, type Source } from './source.js';
import { SourceSchema } from './source-schema.js';

const ROWS_PER_BATCH = 256;
/** The database, and what a writer has not moved into it yet. */
const PARTS = ['', '-wal'] as const;

/** A file as it was at one moment. */
type Fingerprint = string;

/**
 * Opens a SQLite database of pysogs without changing anything: neither the file nor its folder, not even for a lock.
 * What pysogs left in the `-wal` file is read too. Throws ImportError when it can't be read.
 */
export async function openSqliteSource(file: string): Promise<Source> {
  const path = await realpath(file).catch(() => {
    throw new ImportError(`there is no database at ${file}`);
  });
  if ((await sizeOf(`${path}-journal`)) > 0) {
    throw new ImportError(`${file} was not closed properly: start and stop pysogs on it once`);
  }
  const before = await fingerprint(path);
  // SQLite puts its lock beside the name that it opened: a link in a folder of ours keeps it out of theirs.
  const folder = await mkdtemp(join(tmpdir(), 'plaza-import-'));
  try {
    const link = join(folder, 'source.db');
    for (const part of PARTS) {
      if ((await sizeOf(path + part)) > 0) await symlink(path + part, link + part);
    }
    return new SqliteSource(file, path, before, folder, open(file, link));
  } catch (error) {
    await rm(folder, { recursive: true });
    throw error;
  }
}

function open(file: string, link: string): Database {
  try {
    const database = new sqlite.Database(link, { readOnly: true });
    // So a database in WAL mode keeps its index of the log in memory, and not in a file.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN');
    database.get('SELECT count(*) FROM sqlite_master');
    return database;
  } catch (error) {
    throw new ImportError(`${file} can't be read as a SQLite database: ${errorLine(error)}`);
  }
}

class SqliteSource implements Source {
  readonly schema: SourceSchema;

  constructor(
    readonly name: string,
    private readonly path: string,
    private readonly before: Fingerprint,
    private readonly folder: string,
    private readonly database: Database,
  ) {
    const columns = this.all(
      `SELECT t.name AS "table", c.name AS "column"
       FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'`,
    );
    const tables = new Map<string, Set<string>>();
    for (const { table, column } of columns) {
      tables.set(String(table), (tables.get(String(table)) ?? new Set()).add(String(column)));
    }
    this.schema = new SourceSchema('sqlite', tables);
  }

  async *batches(sql: string): AsyncIterable<readonly RawRow[]> {
    const statement = this.prepare(sql);
    try {
      let batch: RawRow[] = [];
      for (const row of statement.iterate() as IterableIterator<RawRow>) {
        if (batch.push(row) < ROWS_PER_BATCH) continue;
        yield batch;
        batch = [];
        // Reading blocks: a signal must get its turn.
        await takeTurns();
      }
      if (batch.length > 0) yield batch;
    } catch (error) {
      throw this.damaged(error);
    } finally {
      statement.finalize();
    }
  }

  number(sql: string): Promise<number> {
    const [row] = this.all(sql);
    return Promise.resolve(Number(Object.values(row ?? {})[0] ?? 0));
  }

  highestId(table: string): Promise<number> {
    return this.number(`SELECT max(id) FROM ${table}`);
  }

  async assertUnchanged(): Promise<void> {
    if ((await fingerprint(this.path)) !== this.before) {
      throw new ImportError(
        `${this.name} was written to while it was being read: stop pysogs, then try again`,
      );
    }
  }

  async close(): Promise<void> {
    this.database.close();
    await rm(this.folder, { recursive: true });
  }

  private all(sql: string): RawRow[] {
    const statement = this.prepare(sql);
    try {
      return statement.all() as RawRow[];
    } catch (error) {
      throw this.damaged(error);
    } finally {
      statement.finalize();
    }
  }

  private prepare(sql: string): Statement {
    return this.database.prepare(sql);
  }

  private damaged(error: unknown): unknown {
    if (!(error instanceof sqlite.SQLite3Error)) return error;
    return new ImportError(`${this.name} can't be read to its end: ${errorLine(error)}`);
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

async function fingerprint(path: string): Promise<Fingerprint> {
  const parts = await Promise.all(PARTS.map((part) => stat(path + part).catch(() => undefined)));
  return JSON.stringify(parts.map((found) => found && [found.ino, found.size, found.mtimeMs]));
}
