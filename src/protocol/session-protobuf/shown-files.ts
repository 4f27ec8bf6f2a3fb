import { type Attachment, type MessageContent } from './read-content.js';

/**
 * The end of a file's address, `{base}/room/T/file/ID` or `{base}/file/ID` (protocol 9). A file server's addresses have
 * `/files/` in older messages.
 */
const FILE_IN_URL = /\/files?\/(\d{1,16})(?:[/?#]|$)/;

/**
 * The id of the file that an attachment is, by its id or else by its address: the id is 0 in newer clients' messages.
 * @returns undefined when the attachment tells neither
 */
export function fileIdOf({ id, url }: Pick<Attachment, 'id' | 'url'>): number | undefined {
  if (id !== undefined && id > 0) return id;
  const inUrl = Number(FILE_IN_URL.exec(url ?? '')?.[1]);
  return Number.isSafeInteger(inUrl) && inUrl > 0 ? inUrl : undefined;
}

/**
 * Ids of the files that a message shows, as attachments and as pictures of previews, each once.
 * @param most how many at most; the first ones win
 */
export function shownFiles({ attachments, previews }: MessageContent, most: number): number[] {
  const ids = new Set<number>();
  for (const file of [...attachments, ...previews.map(({ picture }) => picture)]) {
    if (ids.size >= most) break;
    const id = file && fileIdOf(file);
    if (id !== undefined) ids.add(id);
  }
  return [...ids];
}
