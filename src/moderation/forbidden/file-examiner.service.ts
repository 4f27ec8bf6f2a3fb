import { Injectable } from '@nestjs/common';
import { sha256OfStream } from '../../files/content-hash.js';
import { PictureHasher } from '../../files/pictures/picture-hasher.js';
import { PreservedFolder } from '../../files/preserved/preserved-folder.service.js';
import { FileStorage } from '../../files/storage/file-storage.js';
import { readWhole } from '../../protocol/requests/reply.js';
import { type ListedFile } from '../../records/files/forbidden-list.js';
import { type FileOrigin, type UnknownFile } from '../../records/files/looked-at-files.repository.js';

/** Looks at the bytes of files. */
@Injectable()
export class FileExaminer {
  constructor(
    private readonly storage: FileStorage,
    private readonly preserved: PreservedFolder,
  ) {}

  /** Hashes files that are about to be forbidden, and preserves them if the operator wants that. */
  async examine(files: readonly FileOrigin[]): Promise<ListedFile[]> {
    const hasher = new PictureHasher();
    const listed: ListedFile[] = [];
    try {
      for (const file of files) {
        const look = await this.look(file, hasher);
        if (!look) continue;
        await this.preserved.keep(file, look.sha256);
        listed.push(look);
      }
    } finally {
      hasher.close();
    }
    return listed;
  }

  /**
   * Hashes a file.
   * @returns undefined when it has no bytes any more, and its hash is not known
   */
  async look(file: UnknownFile, hasher: PictureHasher): Promise<ListedFile | undefined> {
    const sha256 = file.sha256 ?? (await this.sha256Of(file.storageKey));
    if (!sha256) return undefined;
    const pictureHash = await hasher.hashOf(file.size, async () => {
      const bytes = await this.storage.open(file.storageKey);
      return bytes && readWhole(bytes);
    });
    return { sha256, pictureHash: pictureHash ?? null };
  }

  /** The SHA-256 of the bytes under a key; undefined when there are none. */
  async sha256Of(storageKey: string): Promise<Buffer | undefined> {
    const bytes = await this.storage.open(storageKey);
    return bytes && sha256OfStream(bytes.pieces());
  }
}
