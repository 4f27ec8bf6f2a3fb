/** Small enough for a transaction of some milliseconds. */
const CHUNK_ROWS = 2000;
/** A stop of the server waits for the jobs that run: what is left is for the next time. */
const CHUNKS_AT_ONCE = 50;

/**
 * Removes many rows without a long transaction, by calling `removeChunk` until it finds less than it may remove, or
 * has had its share for now.
 * @param removeChunk removes up to `limit` rows in a transaction of its own; returns how many
 * @returns rows removed
 */
export async function removeInChunks(removeChunk: (limit: number) => Promise<number>): Promise<number> {
  let total = 0;
  for (let chunk = 0; chunk < CHUNKS_AT_ONCE; chunk++) {
    const removed = await removeChunk(CHUNK_ROWS);
    total += removed;
    if (removed < CHUNK_ROWS) break;
  }
  return total;
}
