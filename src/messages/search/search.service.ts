import { Injectable } from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { RoomAccess } from '../../moderation/access/room-access.service.js';
import { MessageWordsRepository } from '../../records/messages/message-words.repository.js';
import { type Caller } from '../../records/users/user.js';
import { toQuery, wordsOf } from './words.js';

/** Words of a query that count. */
const MOST_WORDS = 8;
/** Searches that a process has the database carry out at a time. */
const AT_ONCE = 2;
/** Searches that wait for that. */
const MOST_WAITING = 20;

/** The messages that were found in a room. */
export interface FoundMessages {
  /** The words that were looked for; none when the query has none. */
  words: string[];
  /** Ids of messages, newest first. */
  ids: number[];
}

/** Searching the public messages of rooms that everyone may read. */
@Injectable()
export class SearchService {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly settings: Settings,
    private readonly access: RoomAccess,
    private readonly words: MessageWordsRepository,
  ) {}

  /**
   * The newest messages that have all words of a query, or longer words that begin so.
   * @param before results have lower ids
   * @throws ProtocolError `room_not_found`, `permission_denied`, `too_many_requests`, or `endpoint_not_found` where nothing is searched
   */
  async find(
    token: string,
    caller: Caller | null,
    query: string,
    { before, limit }: { before: number; limit: number },
  ): Promise<FoundMessages> {
    const { room } = await this.access.visit(token, caller, 'read');
    if (!this.settings.webSearch || !this.settings.webMessages) throw new ProtocolError('endpoint_not_found');
    const words = wordsOf(query, MOST_WORDS);
    if (words.length === 0 || !room.defaultRead) return { words, ids: [] };
    const ids = await this.inTurn(() => this.words.search(room.id, { query: toQuery(words), before, limit }));
    return { words, ids };
  }

  private async inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.running >= AT_ONCE) {
      if (this.waiting.length >= MOST_WAITING) throw new ProtocolError('too_many_requests', undefined, 5);
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else this.running++;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }
}
