import { Injectable } from '@nestjs/common';
import { Settings } from '../foundation/config/settings.js';
import { Database } from '../foundation/database/database.js';
import { MessageHistoryRepository } from '../records/messages/message-history.repository.js';

const DAY = 24 * 60 * 60;

/** Keeps the texts of edited and deleted messages for some time, for the operator alone. */
@Injectable()
export class MessageHistoryService {
  /** Seconds for which texts are kept. */
  private readonly times: { formerTexts: number; rejected: number };

  constructor(
    settings: Settings,
    private readonly database: Database,
    private readonly history: MessageHistoryRepository,
  ) {
    this.times = { formerTexts: settings.historyDays * DAY, rejected: settings.rejectedDays * DAY };
  }

  /** Forgets what is older than HISTORY_DAYS or REJECTED_DAYS; called by the clock. Returns how many texts were forgotten. */
  async prune(): Promise<number> {
    return this.database.transact((tx) => this.history.prune(tx, this.times));
  }
}
