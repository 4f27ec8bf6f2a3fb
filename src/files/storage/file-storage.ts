import { randomBytes } from 'node:crypto';
import { type Readable } from 'node:stream';
import { type SpooledUpload } from '../../protocol/requests/inner-request.js';
import { type StoredBytes } from '../../protocol/requests/reply.js';

/** The outcome of {@link FileStorage.findMissing}. */
export interface MissingKeys {
  readonly keys: readonly string[];
  /** How many of the keys that were asked for should lie in the place where the missing ones should. */
  readonly of: number;
}

/**
 * Where the bytes of files live. The storage makes up the keys, at random: nothing that a user wrote is part of one.
 * Knows nothing of the table of files, which records a key only after its bytes are safe here. While a store does not do its
 * work, methods reject with StorageUnavailableError.
 */
export abstract class FileStorage {
  /**
   * Makes sure that a store is there and is this community's, whose public key it keeps. A folder is.
   * @param publicKey of the community, 64 hex digits
   * @throws StorageUnavailableError while the store is away; Error, with a line for the operator, when it can't work as it
   *   is configured or is another community's
   */
  abstract check(publicKey: string): Promise<void>;

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

  /** Opens the bytes for one reader, who must read, stream or close them; undefined when there are none. */
  abstract open(key: string): Promise<StoredBytes | undefined>;

  /** Finds those of some keys that have no bytes. It is asked for many, in the order of their texts. */
  abstract findMissing(keys: readonly string[]): Promise<MissingKeys>;

  /** Removes the bytes under some keys, where there are any. */
  abstract remove(keys: readonly string[]): Promise<void>;

  /** Keys of everything that was kept at least `seconds` ago, and perhaps of some that are younger. */
  abstract keysOlderThan(seconds: number): AsyncIterable<string>;
}

/** 16 random bytes in hex; anything else in a storage is not ours to touch. */
export const STORAGE_KEY = /^[0-9a-f]{32}$/;

/** Makes up a key. */
export function newStorageKey(): string {
  return randomBytes(16).toString('hex');
}

/** @throws Error for a key that no storage makes: it would lead to somewhere else */
export function assertStorageKey(key: string): void {
  if (!STORAGE_KEY.test(key)) throw new Error('No storage ever made such a key');
}
