import { Injectable } from '@nestjs/common';
import { readWhole } from '../protocol/requests/reply.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { ShownMedia } from './shown-media.service.js';
import { pictureType, type PictureType } from './contents/picture-type.js';
import { PICTURE_MAX_BYTES } from './contents/post.js';

/** Pictures of rooms that anyone may read, for pages to show them in place. */
@Injectable()
export class PicturesService {
  constructor(private readonly media: ShownMedia) {}

  /**
   * A file that is a picture by its own bytes, and no larger than a page shows.
   * @throws ProtocolError `room_not_found`, `permission_denied` or `file_not_found`
   */
  async find(token: string, id: number): Promise<{ type: PictureType; bytes: Buffer }> {
    const stored = await this.media.open(token, id);
    if (stored.size > PICTURE_MAX_BYTES) {
      stored.close();
      throw new ProtocolError('file_not_found', 'it is too large to be shown');
    }
    const bytes = await readWhole(stored);
    const type = pictureType(bytes);
    if (!type) throw new ProtocolError('file_not_found', 'it is no picture that can be shown');
    return { type, bytes };
  }
}
