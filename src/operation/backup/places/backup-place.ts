import { type Transform } from 'node:stream';
import { type ArchiveSource, type AskPassphrase } from '../archive/archive-source.js';
import { type FillArchive } from '../archive/archive-writer.js';

/** A backup that is whole, in the place where it was put. */
export interface StoredBackup {
  readonly name: string;
  /** Unix seconds, as its name says. */
  readonly madeAt: number;
  readonly bytes: number;
  readonly isSealed: boolean;
}

/** A place where backups are kept. One attempt at a time writes to it: it holds a lock of the community's. */
export interface BackupPlace {
  /** For people. */
  readonly name: string;
  /** Whole backups of this community, oldest first; what an attempt has left unfinished is none. */
  list(): Promise<StoredBackup[]>;
  /** Removes what attempts have left that were killed. */
  clear(): Promise<void>;
  /**
   * Writes a backup, which is listed once it is whole and on the disk, or not at all.
   * @param through changes its bytes, such as by sealing them
   * @throws BackupError when it can't be, with nothing left behind
   */
  write(name: string, fill: FillArchive, through: readonly Transform[], stopping: AbortSignal): Promise<void>;
  /** A backup to read. */
  read(name: string, passphrase: AskPassphrase): ArchiveSource;
  /** The bytes of a backup as they are kept. */
  raw(name: string): AsyncIterable<Buffer>;
  remove(name: string): Promise<void>;
  /** Bytes that may still be written there; Infinity when there is no telling. */
  freeBytes(): Promise<number>;
}

const NAME = /^plaza-([0-9a-f]{8})-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.tar(\.sealed)?$/;

/** The name of a backup of a community, by its public key in hex: `plaza-1a2b3c4d-20261126T040000Z.tar`. */
export function backupName(publicKeyHex: string, seconds: number, isSealed: boolean): string {
  const moment = new Date(Math.floor(seconds) * 1_000).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `plaza-${publicKeyHex.slice(0, 8)}-${moment}.tar${isSealed ? '.sealed' : ''}`;
}

/** Reads the name of a backup; undefined for any other name, and for those of other communities. */
export function parseBackupName(
  name: string,
  publicKeyHex: string,
): Pick<StoredBackup, 'madeAt' | 'isSealed'> | undefined {
  const [, key, year, month, day, hour, minute, second, sealed] = NAME.exec(name) ?? [];
  if (key === undefined || !publicKeyHex.startsWith(key)) return undefined;
  const madeAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) / 1_000;
  return Number.isNaN(madeAt) ? undefined : { madeAt, isSealed: sealed !== undefined };
}
