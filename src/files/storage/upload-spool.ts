import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { type Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../config/settings.js';
import { type SpooledUpload } from '../../dispatch/inner-request.js';
import { ProtocolError } from '../../errors/protocol-error.js';
import { IncomingFolder } from './incoming-folder.js';

/** Of one process. Nobody has proved who they are yet, so what strangers can fill the disk with is bounded. */
const MAX_UPLOADS_AT_ONCE = 64;

/** Takes uploads from the network to disk in pieces, so that memory holds one piece of each. */
@Injectable()
export class UploadSpool {
  private receiving = 0;

  constructor(
    private readonly settings: Settings,
    private readonly incoming: IncomingFolder,
  ) {}

  /**
   * Writes a body to a temporary file and hashes it on the way, for its signature to be checked. When this rejects,
   * nothing is left of it on disk and the rest of the body is unread.
   * @param announced bytes that the sender said will come, if they said so
   * @throws ProtocolError `too_large`, as soon as that is known; `storage_full`; `unavailable` when too many are
   *   uploading at once; `malformed_request` when the sender goes away
   */
  async receive(body: Readable, announced?: number): Promise<SpooledUpload> {
    if (announced !== undefined) this.checkSize(announced);
    if (this.receiving >= MAX_UPLOADS_AT_ONCE) throw new ProtocolError('unavailable', 'too many uploads');
    this.receiving++;
    try {
      return await this.write(body);
    } catch (error) {
      throw body.errored ? new ProtocolError('malformed_request', 'the body ended early') : error;
    } finally {
      this.receiving--;
    }
  }

  /** Removes an upload that nobody has kept. */
  async discard({ path }: SpooledUpload): Promise<void> {
    await rm(path, { force: true });
  }

  /** @throws ProtocolError `too_large` when an upload of this many bytes is not allowed */
  checkSize(size: number): void {
    const { uploadMaxBytes } = this.settings;
    if (size > uploadMaxBytes)
      throw new ProtocolError('too_large', `a file may have ${uploadMaxBytes} bytes`);
  }

  private async write(body: Readable): Promise<SpooledUpload> {
    const hash = createHash('blake2b512');
    let size = 0;
    const path = await this.incoming.write(async (file) => {
      // Destroying the body would close the socket, and the sender would never read why.
      const pieces = body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
      for await (const piece of pieces) {
        size += piece.length;
        this.checkSize(size);
        hash.update(piece);
        await file.writeFile(piece);
      }
    });
    return { path, size, hash: hash.digest() };
  }
}
