import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SessionClient } from '../client/client.js';
import { type Identity } from '../client/identity.js';
import { type Community } from '../support/community.js';

/** Every form of a person's ID as text: the unblinded one, and the blinded one with either sign. */
export function identitiesOf(person: SessionClient, { sessionId }: Identity): string[] {
  const key = Buffer.from(person.id.slice(2), 'hex');
  key.writeUInt8(key.readUInt8(31) ^ 0x80, 31);
  return [sessionId, person.id, `15${key.toString('hex')}`];
}

/** The places in the database and the data folder that have one of these IDs: as text in any case, or as raw bytes. */
export async function tracesOf(server: Community, sessionIds: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  const columns = await server.sql(
    `SELECT n.nspname AS schema, c.relname AS table, a.attname AS column, format_type(a.atttypid, NULL) AS type
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
       AND a.attnum > 0 AND NOT a.attisdropped`,
  );
  for (const { schema, table, column, type } of columns as Record<string, string>[]) {
    const name = `"${schema ?? ''}"."${table ?? ''}"`;
    const where =
      type === 'bytea'
        ? `position(convert_to(f.id, 'UTF8') IN t."${column ?? ''}") > 0
           OR position(decode(substr(f.id, 3), 'hex') IN t."${column ?? ''}") > 0`
        : `position(f.id IN lower(t."${column ?? ''}"::text)) > 0`;
    const rows = await server.sql(
      `SELECT count(*)::int AS n FROM ${name} t CROSS JOIN unnest($1::text[]) AS f (id) WHERE ${where}`,
      [sessionIds],
    );
    if (Number(rows[0]?.n) > 0) found.push(`${name}.${column ?? ''}`);
  }
  for (const path of await readdir(server.dataDir, { recursive: true })) {
    const bytes = await readFile(join(server.dataDir, path)).catch(() => Buffer.alloc(0));
    const has = sessionIds.some(
      (id) => bytes.includes(id) || bytes.includes(Buffer.from(id.slice(2), 'hex')),
    );
    if (has) found.push(path);
  }
  return found;
}
