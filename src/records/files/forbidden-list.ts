import * as z from 'zod';
import { jsonIn } from '../../foundation/json-text.js';
import { type ForbiddenFile } from './forbidden-files.repository.js';

const FORMAT = 'plaza-forbidden-files-1';
/** A SHA-256 in hex, as people write it. */
export const SHA256 = /^[0-9a-f]{64}$/i;

/** Entries that one list may have. */
const MOST = 1_000_000;

const hexBytes = z
  .string()
  .regex(SHA256, 'a hash is 64 hex digits')
  .transform((text) => Buffer.from(text, 'hex'));

const listSchema = z.object({
  format: z.literal(FORMAT),
  files: z.array(z.object({ sha256: hexBytes, picture: hexBytes.nullish() })).max(MOST),
});

/** An entry of a list of forbidden files. */
export type ListedFile = Omit<ForbiddenFile, 'forbiddenAt'>;

/** A list as it is exported: the hashes alone, so that communities can share it. */
export function exportedList(files: readonly ListedFile[]): object {
  return {
    format: FORMAT,
    files: files.map(({ sha256, pictureHash }) => ({
      sha256: sha256.toString('hex'),
      ...(pictureHash && { picture: pictureHash.toString('hex') }),
    })),
  };
}

/**
 * Reads an exported list, or a text with a SHA-256 in hex on each line; what follows it on the line, empty lines and those that
 * begin with # are passed over.
 * @throws Error that says what is wrong with it
 */
export function readList(text: string): ListedFile[] {
  if (text.trimStart().startsWith('{')) {
    const result = listSchema.safeParse(jsonIn(text, 'the list'));
    if (!result.success) throw new Error(`the list can't be read: ${z.prettifyError(result.error)}`);
    return result.data.files.map(({ sha256, picture }) => ({ sha256, pictureHash: picture ?? null }));
  }
  const files: ListedFile[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [word = ''] = line.trim().split(/[\s,;]/);
    if (word === '' || word.startsWith('#')) continue;
    if (!SHA256.test(word)) throw new Error(`line ${index + 1} of the list does not begin with a SHA-256`);
    if (files.push({ sha256: Buffer.from(word, 'hex'), pictureHash: null }) > MOST)
      throw new Error(`a list has at most ${MOST} lines`);
  }
  return files;
}
