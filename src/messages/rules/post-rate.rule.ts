import { type Settings } from '../../foundation/config/settings.js';
import { type Transaction } from '../../foundation/database/database.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { type MessageChangesRepository } from '../../records/messages/message-changes.repository.js';
import { type Draft, type Check, type RoomRule } from './rule.js';

/** How many messages one person may post to a room within some seconds; admins of the room may post without end. */
export class PostRate implements RoomRule {
  readonly name = 'post rate';

  constructor(
    private readonly settings: Pick<Settings, 'postRateLimit' | 'postRateInterval'>,
    private readonly messages: Pick<MessageChangesRepository, 'countRecent'>,
  ) {}

  async read(tx: Transaction, token: string, drafts: readonly Draft[]): Promise<() => Check> {
    const { postRateLimit, postRateInterval } = this.settings;
    const authors = [...new Set(drafts.map(({ author }) => author.id))];
    const posted = await this.messages.countRecent(tx, token, authors, postRateInterval);
    return () => {
      const counts = new Map(posted);
      return ({ kind, author }, { may }) => {
        if (kind !== 'post') return undefined;
        const count = counts.get(author.id) ?? 0;
        if (count >= postRateLimit && !may.admin) return new ProtocolError('posting_too_fast');
        counts.set(author.id, count + 1);
        return undefined;
      };
    };
  }
}
