import { type Transaction } from '../../foundation/database/database.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { type MessageChangesRepository } from '../../records/messages/message-changes.repository.js';
import { type ServerRoomSettings, settingsOf } from '../../records/rooms/room-settings.js';
import { posterIds, type TextDraft } from './draft.js';
import { type Check, type RoomRule } from './rule.js';

/** How many messages one person may post to a room within some seconds, by its settings; its admins may without end. */
export class PostRate implements RoomRule<TextDraft> {
  readonly name = 'post rate';

  constructor(
    private readonly settings: ServerRoomSettings,
    private readonly messages: Pick<MessageChangesRepository, 'countRecent'>,
  ) {}

  async read(tx: Transaction, token: string, drafts: readonly TextDraft[]): Promise<() => Check<TextDraft>> {
    const authors = posterIds(drafts);
    const posted =
      authors.length === 0
        ? new Map<number, number>()
        : await this.messages.countRecent(tx, token, authors, this.settings.postRateInterval);
    return () => {
      const passed = new Map<string, number>();
      return ({ kind, author }, { may, room }) => {
        if (kind !== 'post') return undefined;
        const before = author.id === null ? 0 : (posted.get(author.id) ?? 0);
        const now = passed.get(author.sessionId) ?? 0;
        const { postRateLimit } = settingsOf(room, this.settings);
        if (before + now >= postRateLimit && !may.admin) return new ProtocolError('posting_too_fast');
        passed.set(author.sessionId, now + 1);
        return undefined;
      };
    };
  }
}
