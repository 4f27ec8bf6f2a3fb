import { type Client } from 'pg';
import { type Source } from './source/source.js';

/**
 * Gives the imported rooms their images, which are files of theirs and so come after them.
 * @returns how many rooms have none now because the file was left out
 */
export async function setRoomImages(source: Source, client: Client): Promise<number> {
  let lost = 0;
  for await (const rooms of source.batches(
    'SELECT id, image FROM rooms WHERE image IS NOT NULL ORDER BY id',
  )) {
    for (const { id, image } of rooms) {
      const { rowCount } = await client.query(
        `UPDATE rooms SET image_id = f.id FROM files f WHERE rooms.id = $1 AND f.id = $2`,
        [Number(id), Number(image)],
      );
      if (rowCount === 0) lost++;
    }
  }
  return lost;
}
