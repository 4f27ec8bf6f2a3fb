import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Community } from '../support/community.js';

/** The contents of a server's upload folder: names of finished files and of those still being written. */
export async function uploadsOf(server: Community): Promise<{ finished: string[]; incoming: string[] }> {
  const folder = join(server.dataDir, 'uploads');
  const finished = (await readdir(folder)).filter((name) => name !== 'incoming');
  return { finished, incoming: await readdir(join(folder, 'incoming')) };
}

/** Where the bytes of a file lie. */
export async function pathOf(server: Community, id: number): Promise<string> {
  const [row] = await server.sql('SELECT storage_key FROM files WHERE id = $1', [id]);
  return join(server.dataDir, 'uploads', String(row?.storage_key));
}

/** Seconds from now until a file expires; null for never, undefined when there is no such file. */
export async function secondsLeft(server: Community, id: number): Promise<number | null | undefined> {
  const [row] = await server.sql('SELECT expires_at - plaza_now() AS left FROM files WHERE id = $1', [id]);
  return row && (row.left as number | null);
}

/** Makes a file as old as if it had been uploaded so many seconds earlier. */
export async function age(server: Community, id: number, seconds: number): Promise<void> {
  await server.sql(
    'UPDATE files SET uploaded_at = uploaded_at - $2::float8, expires_at = expires_at - $2::float8 WHERE id = $1',
    [id, seconds],
  );
}
