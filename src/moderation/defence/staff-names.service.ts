import { Injectable, Logger } from '@nestjs/common';
import { boundedCache } from '../../foundation/caches/bounded-cache.js';
import { StaffNamesRepository } from '../../records/defence/staff-names.repository.js';

/** People of whom a process remembers the name that it has kept. */
const REMEMBERED = 10_000;

/**
 * Keeps the names under which staff writes, so that nobody else gets far under them. A name is written when it is a new one,
 * after the post: it concerns the posts of others, later.
 */
@Injectable()
export class StaffNames {
  private readonly logger = new Logger('Defence');
  /** Fingerprints of names, by user id. */
  private readonly kept = boundedCache<number, number>(REMEMBERED);

  constructor(private readonly names: StaffNamesRepository) {}

  /** Takes note that one of the staff writes under a name. */
  note(userId: number, name: number): void {
    if (this.kept.get(userId) === name) return;
    this.kept.set(userId, name);
    this.names.keep(userId, name).catch((error: unknown) => {
      // The next post is another chance.
      this.kept.delete(userId);
      this.logger.error('A name was not kept', error instanceof Error ? error.stack : undefined);
    });
  }
}
