import { Injectable } from '@nestjs/common';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { type StoredBytes } from '../protocol/requests/reply.js';
import { ShownMedia } from './shown-media.service.js';
import { type ByteRange, rangeOf, PIECE_MAX } from './byte-range.js';
import { MEDIA_HEAD, mediaType, type MediaType } from './contents/media-type.js';

/** Bytes of the largest recording that a page plays; a larger one is there to be downloaded. */
const MEDIA_MAX_BYTES = 20_000_000;

/** A part of a recording. */
export interface MediaPiece {
  type: MediaType;
  bytes: Buffer;
  range: ByteRange;
  /** The size of the whole recording, in bytes. */
  size: number;
}

/** Recordings of rooms that anyone may read, for pages to play them in place. */
@Injectable()
export class MediaService {
  constructor(private readonly shown: ShownMedia) {}

  /**
   * A part of a file that is a sound or a video by its own bytes. It is never in memory as a whole.
   * @param range the header `Range`; without one the answer is the beginning of the file
   * @returns `beyond`, with the size of the file, when it does not have the bytes that were asked for
   * @throws ProtocolError `room_not_found`, `permission_denied` or `file_not_found`
   */
  async find(token: string, id: number, range: string | undefined): Promise<MediaPiece | { beyond: number }> {
    const stored = await this.shown.open(token, id);
    const { size } = stored;
    if (size > MEDIA_MAX_BYTES) {
      stored.close();
      throw new ProtocolError('file_not_found', 'it is too large to be played');
    }
    const wanted = rangeOf(range, size) ?? { first: 0, last: Math.min(size, PIECE_MAX) - 1 };
    if (wanted === 'beyond') {
      stored.close();
      return { beyond: size };
    }
    const { head, bytes } = await readPart(stored, wanted);
    const type = mediaType(head);
    if (!type) throw new ProtocolError('file_not_found', 'it is nothing that can be played');
    return { type, bytes, range: wanted, size };
  }
}

/** Reads up to the end of a range, and keeps its bytes and the first ones of the file. */
async function readPart(
  stored: StoredBytes,
  { first, last }: ByteRange,
): Promise<{ head: Buffer; bytes: Buffer }> {
  const head: Buffer[] = [];
  const kept: Buffer[] = [];
  let place = 0;
  for await (const chunk of stored.pieces()) {
    if (place < MEDIA_HEAD) head.push(chunk.subarray(0, MEDIA_HEAD - place));
    const begin = Math.max(0, first - place);
    if (begin < chunk.length) kept.push(chunk.subarray(begin, last + 1 - place));
    place += chunk.length;
    if (place > last && place >= MEDIA_HEAD) break;
  }
  return { head: Buffer.concat(head), bytes: Buffer.concat(kept) };
}
