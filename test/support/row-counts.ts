import { type Community } from './community.js';

/** The number of rows in each of the server's tables, by table. */
export async function rowCounts(server: Community): Promise<Record<string, number>> {
  const tables = await server.sql(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`,
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const [row] = await server.sql(`SELECT count(*) AS rows FROM ${String(name)}`);
    counts[String(name)] = Number(row?.rows);
  }
  return counts;
}
