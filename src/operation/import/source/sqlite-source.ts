import { mkdtemp, open as openFile, realpath, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as takeTurns } from 'node:timers/promises';
import type { Database, Statement } from 'node-sqlite3-wasm';
import { errorLine } from '../../../foundation/error-line.js';
import { fileTrouble } from '../../../foundation/file-trouble.js';
import { ImportError } from './import-error.js';
import { LARGEST_VALUE, type RawRow, type Source } from './source.js';
import { SourceSchema } from './source-schema.js';

const ROWS_PER_BATCH = 256;
/** Bytes of texts and blobs after which a batch ends. */
const BYTES_PER_BATCH = 8 * 1024 * 1024;
/** The database, and what a writer has not moved into it yet. */
const PARTS = ['', '-wal'] as const;

/** A file as it was at one moment. */
type Fingerprint = string;

/**
 * Opens a SQLite database of pysogs without changing anything: neither the file nor its folder, not even for a lock.
 * It includes what pysogs left in the `-wal` file. Throws ImportError when the file can't be read.
 */
export async function openSqliteSource(file: string): Promise<Source> {
  const path = await realpath(file).catch((error: unknown) => {
    throw new ImportError(`the database ${file} can't be read: ${fileTrouble(error)}`);
  });
  const found = await stat(path);
  if (found.isDirectory()) {
    throw new ImportError(`${file} is a folder: give the file in it, which pysogs calls sogs.db`);
  }
  if (!found.isFile()) throw new ImportError(`${file} is no regular file`);
  if (found.size === 0) throw new ImportError(`${file} is empty: is it the database that pysogs uses?`);
  if ((await sizeOf(`${path}-journal`)) > 0) {
    throw new ImportError(`${file} was not closed properly: start and stop pysogs on it once`);
  }
  for (const part of PARTS) {
    if ((await sizeOf(path + part)) > 0) await refuseUnreadableDatabase(path + part);
  }
  const before = await fingerprint(path);
  // SQLite puts its lock beside the name that it opened: a link in a folder of ours keeps it out of theirs.
  const folder = await mkdtemp(join(tmpdir(), 'plaza-import-'));
  try {
    const link = join(folder, 'source.db');
    for (const part of PARTS) {
      if ((await sizeOf(path + part)) > 0) await symlink(path + part, link + part);
    }
    const source = new SqliteSource(file, path, before, folder, await open(file, link));
    try {
      source.refuseLargeValues();
      return source;
    } catch (error) {
      source.release();
      throw error;
    }
  } catch (error) {
    await rm(folder, { recursive: true });
    throw error;
  }
}

/** SQLite says of every file that it can't read that it is "unable to open database file". */
async function refuseUnreadableDatabase(path: string): Promise<void> {
  const handle = await openFile(path).catch((error: unknown) => {
    throw new ImportError(`the database ${path} can't be read: ${fileTrouble(error)}`);
  });
  await handle.close();
}

async function open(file: string, link: string): Promise<Database> {
  // The library compiles WebAssembly when it is imported, and no command but an import needs that.
  const { default: sqlite } = await import('node-sqlite3-wasm');
  try {
    const database = new sqlite.Database(link, { readOnly: true });
    // So a database in WAL mode keeps its index of the log in memory, and not in a file.
    // SQLite must not run anything that the file's own schema contains, nor trust its pages.
    database.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA query_only = ON');
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
       FROM pragma_table_list t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.schema = 'main'`,
    );
    const tables = new Map<string, Set<string>>();
    for (const { table, column } of columns) {
      tables.set(String(table), (tables.get(String(table)) ?? new Set()).add(String(column)));
    }
    this.schema = new SourceSchema('sqlite', tables);
  }

  /**
   * SQLite tells the size of a value without reading it; whatever reads it holds it in memory several times.
   * @throws ImportError when a value is larger than any that pysogs takes
   */
  refuseLargeValues(): void {
    for (const [table, columns] of this.schema.all()) {
      for (const column of columns) {
        const [row] = this.all(
          `SELECT 1 FROM ${quoted(table)} WHERE octet_length(${quoted(column)}) > ${LARGEST_VALUE} LIMIT 1`,
        );
        if (row) {
          throw new ImportError(
            `the table ${table} has a value of more than ${LARGEST_VALUE} bytes in ${column}: shorten or delete it first`,
          );
        }
      }
    }
  }

  async *batches(sql: string): AsyncIterable<readonly RawRow[]> {
    const statement = this.prepare(sql);
    try {
      let batch: RawRow[] = [];
      let bytes = 0;
      for (const row of statement.iterate()) {
        bytes += rowSize(row);
        if (batch.push(row) < ROWS_PER_BATCH && bytes < BYTES_PER_BATCH) continue;
        yield batch;
        batch = [];
        bytes = 0;
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

  /** Ends the use of the file. */
  release(): void {
    this.database.close();
  }

  async close(): Promise<void> {
    this.release();
    await rm(this.folder, { recursive: true });
  }

  private all(sql: string): RawRow[] {
    const statement = this.prepare(sql);
    try {
      return statement.all();
    } catch (error) {
      throw this.damaged(error);
    } finally {
      statement.finalize();
    }
  }

  private prepare(sql: string): Statement {
    try {
      return this.database.prepare(sql);
    } catch (error) {
      throw this.damaged(error);
    }
  }

  private damaged(error: unknown): unknown {
    // The class itself comes with the library, which is loaded by `open` alone.
    if (!(error instanceof Error) || error.name !== 'SQLite3Error') return error;
    return new ImportError(`${this.name} can't be read to its end: ${errorLine(error)}`);
  }
}

/** An identifier in SQL, whatever the file calls it. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function rowSize(row: RawRow): number {
  return Object.values(row).reduce<number>(
    (sum, value) => sum + (value instanceof Uint8Array || typeof value === 'string' ? value.length : 0),
    0,
  );
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

async function fingerprint(path: string): Promise<Fingerprint> {
  const parts = await Promise.all(PARTS.map((part) => stat(path + part).catch(() => undefined)));
  return JSON.stringify(parts.map((found) => found && [found.ino, found.size, found.mtimeMs]));
}
