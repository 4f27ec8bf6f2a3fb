import { column } from '../../src/foundation/database/columns.js';
import { NOW } from '../../src/foundation/database/now.js';
import { migrateDatabase } from '../../src/records/schema/migrate.js';
import { HeldClock } from '../support/clocks.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { openDatabase, type OpenDatabase } from '../support/open-database.js';

describe('the clock of the database', () => {
  let test: TestDatabase;
  let open: OpenDatabase;

  beforeAll(async () => {
    test = await createDatabase();
    await migrateDatabase(test.url);
    open = await openDatabase(test.url, 1);
  });

  afterAll(async () => {
    await open.close();
    await test.drop();
  });

  async function planOf(sql: string): Promise<string> {
    const rows = await open.database.rows(
      { 'QUERY PLAN': column.text },
      `EXPLAIN (VERBOSE, COSTS off) ${sql}`,
    );
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  }

  it('costs a statement nothing: PostgreSQL has the function’s body in the plan, and searches an index by it', async () => {
    await open.database.run('SET enable_seqscan = off');
    const plan = await planOf(`SELECT nonce FROM nonces WHERE expires_at < ${NOW} - 5`);
    expect(plan).toMatch(/Index Cond: .*statement_timestamp\(\)/);
    expect(plan).not.toContain('plaza_now');
  });

  it('does not keep PostgreSQL from reading a table in parallel', async () => {
    const [row] = await open.database.rows(
      { safety: column.text },
      `SELECT proparallel AS safety FROM pg_proc WHERE proname = 'plaza_now'`,
    );
    expect(row).toEqual({ safety: 's' });
  });

  it('is held by a test for statements that others have prepared, too', async () => {
    const now = async (): Promise<number> =>
      Number((await open.database.row({ now: column.number }, `SELECT ${NOW} AS now`))?.now);
    for (let times = 0; times < 8; times++) await now();
    const clock = await HeldClock.hold(test.url);
    const held = await now();
    expect(held).toBe(clock.seconds());
    expect(await now()).toBe(held);
    await clock.advance('2 days');
    expect(await now()).toBeCloseTo(held + 2 * 24 * 60 * 60, 3);
    await clock.letGo();
  });
});
