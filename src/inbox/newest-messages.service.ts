import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ChangeFeed } from '../foundation/database/change-feed.js';
import { type Transaction } from '../foundation/database/database.js';
import { meterCache } from '../foundation/caches/meter-cache.js';
import { ReadCache } from '../foundation/caches/read-cache.js';
import { type Eventual } from '../foundation/eventual.js';
import { Meters } from '../foundation/metrics/meters.service.js';
import { InboxRepository, type NewestIds } from '../records/inbox/inbox.repository.js';

const CACHED_USERS = 100_000;

/** Where everyone's inbox and outbox end, kept in memory: nearly every poll is answered from it. */
@Injectable()
export class NewestMessages implements OnModuleInit {
  private readonly cache = new ReadCache<number, NewestIds>(CACHED_USERS);

  constructor(
    private readonly feed: ChangeFeed,
    private readonly repository: InboxRepository,
    meters: Meters,
  ) {
    meterCache(meters, 'inboxes', this.cache);
  }

  onModuleInit(): void {
    this.cache.follow(this.feed);
    this.feed.on('inbox', (subject) => {
      for (const userId of subject.split(':')) this.cache.drop(Number(userId));
    });
  }

  /** The newest ids of a user's boxes. */
  of(userId: number): Eventual<NewestIds> {
    return this.cache.get(userId, () => this.repository.newest(userId));
  }

  /** Drops what processes have cached of these users, once the transaction that changed it has committed. */
  forgetAfter(tx: Transaction, userIds: Iterable<number>): void {
    tx.changes(`inbox:${[...userIds].join(':')}`);
  }
}
