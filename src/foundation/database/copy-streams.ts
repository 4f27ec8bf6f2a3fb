import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';

/**
 * Writes rows in COPY text format.
 * @param statement `COPY … FROM STDIN`
 */
export async function copyIn(
  client: Client,
  statement: string,
  lines: Iterable<Buffer | string> | AsyncIterable<Buffer>,
): Promise<void> {
  await pipeline(Readable.from(lines), client.query(copyFrom(statement)));
}

/**
 * Reads rows in COPY text format, in pieces that need not end where a row ends.
 * @param statement `COPY … TO STDOUT`
 */
export function copyOut(client: Client, statement: string): AsyncIterable<Buffer> {
  return client.query(copyTo(statement));
}
