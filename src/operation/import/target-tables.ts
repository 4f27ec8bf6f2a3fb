import { createHash } from 'node:crypto';
import { type Client } from 'pg';
import { column } from '../../foundation/database/columns.js';
import { copyIn, copyOut } from '../../foundation/database/copy-streams.js';
import { firstFilled, isServed } from '../../foundation/database/long-session.js';
import { readOne } from '../../foundation/database/read-rows.js';
import { ImportError } from './source/import-error.js';
import { type TableResult } from './table-reader.js';
import { type TableTransfer } from './transfers/transfer.js';

/** Tables with triggers that tell processes of changes; there are none to tell. */
const WATCHED = ['rooms', 'users', 'permission_overrides', 'inbox'];
/** Bytes of rows that go to PostgreSQL in one statement. */
const BATCH_BYTES = 2 * 1024 * 1024;

/**
 * Our tables while an import fills them, in one transaction on one connection.
 * Nobody else can write to them from `claim` to the transaction's end.
 */
export class TargetTables {
  constructor(
    private readonly client: Client,
    private readonly tables: readonly string[],
  ) {}

  /**
   * Locks the tables, so that neither a server that starts now nor a second import gets in between.
   * @throws ImportError when one has rows
   */
  async claim(): Promise<void> {
    await this.client.query(`LOCK TABLE ${this.tables.join(', ')} IN EXCLUSIVE MODE`);
    await assertEmpty(this.client, this.tables);
    await this.setTriggers('DISABLE');
  }

  /** Lets changes be told again. */
  async release(): Promise<void> {
    await this.setTriggers('ENABLE');
  }

  /** Writes rows in COPY text format. */
  async write({ target, columns }: TableTransfer, lines: AsyncIterable<string>): Promise<void> {
    const statement = `COPY ${target} (${columns.map(({ name }) => name).join(', ')}) FROM STDIN`;
    let batch: string[] = [];
    let bytes = 0;
    for await (const line of lines) {
      batch.push(line);
      bytes += line.length;
      if (bytes < BATCH_BYTES) continue;
      await copyIn(this.client, statement, batch);
      batch = [];
      bytes = 0;
    }
    if (batch.length > 0) await copyIn(this.client, statement, batch);
  }

  /**
   * Reads back what was written and compares it with what was read from the source.
   * @throws ImportError when a single bit differs
   */
  async verify({ target, columns, key }: TableTransfer, expected: TableResult): Promise<void> {
    const selected = columns.map(({ name, type }) => (type === 'float' ? `float8send(${name})` : name));
    const hash = createHash('sha256');
    const statement = `COPY (SELECT ${selected.join(', ')} FROM ${target} ORDER BY ${key}) TO STDOUT`;
    for await (const piece of copyOut(this.client, statement)) hash.update(piece);
    const count = await this.count(target);
    if (count !== expected.taken || hash.digest('hex') !== expected.checksum) {
      throw new ImportError(
        `${target} does not hold what was written to it (${count} rows of ${expected.taken}): nothing was kept`,
      );
    }
  }

  /** Lets the ids of new rows start above every id that the source ever gave out. */
  async startIdsAbove(table: string, id: number): Promise<void> {
    if (id === 0) return;
    await this.client.query(`SELECT setval(pg_get_serial_sequence($1, 'id'), $2)`, [table, id]);
  }

  /** Lets the next post of every room be later than all that the source had: their times stay as they were. */
  async startTimesAfterPosts(): Promise<void> {
    await this.client.query(
      `UPDATE rooms SET latest_posted_ms = latest.ms
       FROM (SELECT room_id, floor(max(posted_at) * 1000)::bigint AS ms FROM messages GROUP BY room_id) AS latest
       WHERE rooms.id = latest.room_id`,
    );
  }

  private async count(table: string): Promise<number> {
    const sql = `SELECT count(*) AS count FROM ${table}`;
    return (await readOne(this.client, { count: column.number }, sql)).count;
  }

  private async setTriggers(state: 'ENABLE' | 'DISABLE'): Promise<void> {
    for (const table of WATCHED) await this.client.query(`ALTER TABLE ${table} ${state} TRIGGER USER`);
  }
}

/**
 * Refuses a community that is not new.
 * @throws ImportError that names what is there
 */
export async function assertEmpty(client: Client, tables: readonly string[]): Promise<void> {
  const filled = await firstFilled(client, tables);
  if (filled === undefined) return;
  throw new ImportError(
    `this community is not empty (it has ${filled.replaceAll('_', ' ')}): ` +
      'give the new one a DATA_DIR or DATABASE_URL of its own, and do not start it before the import',
  );
}

/**
 * Refuses while a server, or another command, works on the database.
 * @throws ImportError that says what to stop
 */
export async function assertUnused(client: Client): Promise<void> {
  if (await isServed(client)) throw new ImportError('Plaza is running on this database: stop it first');
}
