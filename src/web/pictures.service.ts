import { Injectable } from '@nestjs/common';
import { readWhole } from '../protocol/requests/reply.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { FilesService } from '../files/files.service.js';
import { pictureType, type PictureType } from './contents/picture-type.js';
import { PICTURE_MAX_BYTES } from './contents/post.js';

/** Pictures of rooms that anyone may read, for pages to show them in place. */
@Injectable()
export class PicturesService {
  constructor(private readonly files: FilesService) {}

  /**
   * A file that is a picture by its own bytes, and no larger than a page shows.
   * @throws ProtocolError `room_not_found`, `permission_denied` or `file_not_found`
   */
  async find(token: string, id: number): Promise<{ type: PictureType; bytes: Buffer }> {
    const { bytes: stored } = await this.files.download(token, null, id);
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
