import { createHash } from 'node:crypto';

/** Keeps account of every entry of an archive, so that a changed, lost or surplus byte is noticed. */
export class EntryLedger {
  private readonly hash = createHash('sha256');

  add(name: string, size: number, sha256: string): void {
    this.hash.update(`${name}\n${size}\n${sha256}\n`);
  }

  /** The checksum of all that was added, in hex; nothing can be added afterwards. */
  close(): string {
    return this.hash.digest('hex');
  }
}
