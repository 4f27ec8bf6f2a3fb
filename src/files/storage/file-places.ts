import { type Readable } from 'node:stream';
import { type SpooledUpload } from '../../protocol/requests/inner-request.js';
import { type StoredBytes } from '../../protocol/requests/reply.js';
import { FileStorage, type MissingKeys } from './file-storage.js';

/**
 * Files in two places: new ones go to one of them, and all are found in both. So files may be moved from either to the other
 * while they are read, and no row says where they are. The folder is asked first, because that costs nothing.
 */
export class FilePlaces extends FileStorage {
  /**
   * @param folder of this machine, or one that machines share
   * @param store which all machines share
   * @param target the one of the two that new files go to
   */
  constructor(
    private readonly folder: FileStorage,
    private readonly store: FileStorage,
    private readonly target: FileStorage,
  ) {
    super();
  }

  override check(publicKey: string): Promise<void> {
    return this.store.check(publicKey);
  }

  override keep(content: Buffer | SpooledUpload): Promise<string> {
    return this.target.keep(content);
  }

  override async keepAs(key: string, content: Readable): Promise<void> {
    await this.target.keepAs(key, content);
    // Bytes that the other place may have had under the key must not be found before these.
    await (this.target === this.folder ? this.store : this.folder).remove([key]);
  }

  /** The folder is asked again last, for a file that came from the store meanwhile. */
  override async open(key: string): Promise<StoredBytes | undefined> {
    return (await this.folder.open(key)) ?? (await this.store.open(key)) ?? (await this.folder.open(key));
  }

  override async findMissing(keys: readonly string[]): Promise<MissingKeys> {
    const elsewhere = await this.folder.findMissing(keys);
    const nowhere = await this.store.findMissing(elsewhere.keys);
    const { keys: missing } = await this.folder.findMissing(nowhere.keys);
    return { keys: missing, of: nowhere.of };
  }

  override async remove(keys: readonly string[]): Promise<void> {
    await this.folder.remove(keys);
    await this.store.remove(keys);
  }

  override async *keysOlderThan(seconds: number): AsyncGenerator<string> {
    yield* this.folder.keysOlderThan(seconds);
    yield* this.store.keysOlderThan(seconds);
  }
}
