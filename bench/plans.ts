import type pg from 'pg';

interface Statement {
  query: string;
  calls: number;
  /** Milliseconds a call. */
  mean: number;
}

/** Prints the plan of every statement that PostgreSQL has run more than a few times, the most frequent first. */
export async function printPlans(sql: pg.Pool): Promise<void> {
  const { rows } = await sql.query<Statement>(
    `SELECT query, calls::int, mean_exec_time AS mean FROM pg_stat_statements
     WHERE query ~* '^\\s*(SELECT|INSERT|UPDATE|DELETE|WITH)' AND query NOT LIKE '%pg_%' AND calls > 10
     ORDER BY calls DESC`,
  );
  for (const { query, calls, mean } of rows) {
    console.log(`\n${calls} calls, ${mean.toFixed(2)} ms each\n${query.replace(/^ {4,}/gm, '  ')}\n`);
    console.log((await planOf(sql, query)).replace(/^/gm, '    '));
  }
}

async function planOf(sql: pg.Pool, query: string): Promise<string> {
  // PostgreSQL keeps statements with a number for every constant, even where no parameter may stand.
  const statement = query.replaceAll(/extract\(\$\d+ FROM/g, 'extract(epoch FROM');
  const { rows } = await sql.query<{ 'QUERY PLAN': string }>(`EXPLAIN (GENERIC_PLAN) ${statement}`);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}
