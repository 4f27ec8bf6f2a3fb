import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';

/** Everything that a community consists of: rows by table, where its ids go on, checksums of its files by key. */
export interface CommunityDump {
  tables: Record<string, string[]>;
  sequences: Record<string, string>;
  files: Record<string, string>;
}

/**
 * Takes all of it, exactly and in an order that does not depend on how it got there. Answers that are kept for some
 * minutes are no part of it.
 */
export async function dumpCommunity(databaseUrl: string, dataDir: string): Promise<CommunityDump> {
  const client = new Client(databaseUrl);
  await client.connect();
  try {
    const tables: CommunityDump['tables'] = {};
    const { rows: names } = await client.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables
       WHERE schemaname = 'public' AND tablename NOT IN ('migrations', 'kept_answers', 'upload_totals') ORDER BY tablename`,
    );
    for (const { name } of names) {
      // The text of a row has its floats in the shortest form that means exactly them.
      const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t ORDER BY 1`);
      tables[name] = rows.map(({ row }) => row);
    }
    const { rows: sequences } = await client.query<{ name: string; last: string | null }>(
      `SELECT sequencename AS name, last_value AS last FROM pg_sequences WHERE sequencename <> 'migrations_id_seq'`,
    );
    return {
      tables,
      sequences: Object.fromEntries(sequences.map(({ name, last }) => [name, last ?? 'unused'])),
      files: await dumpFiles(join(dataDir, 'uploads')),
    };
  } finally {
    await client.end();
  }
}

/** SHA-256 of every file directly in a folder, by name; none when the folder does not exist. */
export async function dumpFiles(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files: Record<string, string> = {};
  for (const { name } of entries.filter((entry) => entry.isFile())) {
    files[name] = createHash('sha256')
      .update(await readFile(join(folder, name)))
      .digest('hex');
  }
  return files;
}
