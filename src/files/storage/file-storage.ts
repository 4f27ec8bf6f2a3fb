import { type Readable } from 'node:stream';
import { type SpooledUpload } from '../../protocol/requests/inner-request.js';
import { type StoredBytes } from '../../protocol/requests/reply.js';

/**
 * Where the bytes of files live. The storage makes up the keys, at random: nothing that a user wrote is part of one.
 * Knows nothing of the table of files, which records a key only after its bytes are safe here.
 */
export abstract class FileStorage {
  /**
   * Keeps bytes so that they survive a crash from when this resolves. A spooled upload is moved, not copied.
   * @returns their key
   * @throws ProtocolError `storage_full`, with nothing left behind
   */
  abstract keep(content: Buffer | SpooledUpload): Promise<string>;

  /**
   * Keeps bytes under a key that was made elsewhere, in place of what it may have had: a backup's, or one that an
   * import works out. Resolves once they survive a crash.
   * @throws ProtocolError `storage_full`, with nothing changed
   */
  abstract keepAs(key: string, content: Readable): Promise<void>;

  /** Opens the bytes for one reader, who must read or stream them; undefined when there are none. */
  abstract open(key: string): Promise<StoredBytes | undefined>;

  /** Whether there are bytes under a key. */
  abstract has(key: string): Promise<boolean>;

  /** Removes the bytes under a key, if there are any. */
  abstract remove(key: string): Promise<void>;

  /** Keys of everything that was kept at least `seconds` ago, and perhaps of some that are younger. */
  abstract keysOlderThan(seconds: number): AsyncIterable<string>;
}
