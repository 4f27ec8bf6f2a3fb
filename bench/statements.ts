import type pg from 'pg';

/** The number of statements that the database has run so far, without those of this count. */
export async function countStatements(sql: pg.Pool): Promise<number> {
  const { rows } = await sql.query<{ calls: string }>(
    `SELECT coalesce(sum(calls), 0) AS calls FROM pg_stat_statements
     WHERE query NOT LIKE '%pg_stat_statements%' AND query NOT IN ('BEGIN ISOLATION LEVEL READ COMMITTED', 'COMMIT')`,
  );
  return Number(rows[0]?.calls);
}
