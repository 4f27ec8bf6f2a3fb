import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { type INestApplicationContext } from '@nestjs/common';
import { sha256Of } from '../../files/content-hash.js';
import { FileStorage } from '../../files/storage/file-storage.js';
import { Settings } from '../../foundation/config/settings.js';
import { type NewImage } from '../../rooms/room-update.service.js';
import { pictureType } from '../../web/contents/picture-type.js';
import { UsageError } from './usage-error.js';

/** Reads a picture that can be the image of a room; throws UsageError when it can't be. */
async function readPicture(file: string, mostBytes: number): Promise<Buffer> {
  const handle = await open(file);
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new UsageError(`${file} is no file`);
    if (found.size > mostBytes) {
      throw new UsageError(`${file} has more than ${mostBytes} bytes (UPLOAD_MAX_BYTES)`);
    }
    const bytes = await handle.readFile();
    if (pictureType(bytes) !== undefined) return bytes;
    throw new UsageError(`${file} is no picture: PNG, JPEG, GIF and WebP are`);
  } finally {
    await handle.close();
  }
}

/**
 * Keeps the bytes of a picture, and runs `work` with what is known of them, which records them. They are removed when it
 * fails; a killed command leaves them to the sweeper.
 */
export async function withPicture<T>(
  services: INestApplicationContext,
  file: string,
  work: (image: NewImage) => Promise<T>,
): Promise<T> {
  const bytes = await readPicture(file, services.get(Settings).uploadMaxBytes);
  const sha256 = await sha256Of(bytes);
  const storage = services.get(FileStorage);
  const storageKey = await storage.keep(bytes);
  try {
    return await work({ size: bytes.length, storageKey, sha256, filename: basename(file) });
  } catch (error) {
    await storage.remove([storageKey]);
    throw error;
  }
}
