import { type Transaction } from '../../foundation/database/database.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { type MessageChangesRepository } from '../../records/messages/message-changes.repository.js';
import { type RoomDirectory } from '../../records/rooms/room-directory.service.js';
import { type ServerRoomSettings, settingsOf } from '../../records/rooms/room-settings.js';
import { posterIds, type TextDraft } from './draft.js';
import { type Check, type RoomRule } from './rule.js';

/** How long a member waits from one post to the next in a room whose `slowMode` says so; its moderators don't wait. */
export class SlowMode implements RoomRule<TextDraft> {
  readonly name = 'slow mode';

  constructor(
    private readonly settings: ServerRoomSettings,
    private readonly directory: Pick<RoomDirectory, 'peek'>,
    private readonly messages: Pick<MessageChangesRepository, 'secondsSinceLatest'>,
  ) {}

  async read(tx: Transaction, token: string, drafts: readonly TextDraft[]): Promise<() => Check<TextDraft>> {
    // The database knows whether a room is slow that is not in memory, as after each post.
    const room = this.directory.peek(token);
    const mayBeSlow = room === undefined || settingsOf(room, this.settings).slowMode > 0;
    const authors = posterIds(drafts);
    const read =
      mayBeSlow && authors.length > 0
        ? await this.messages.secondsSinceLatest(tx, token, authors)
        : undefined;
    return () => {
      const passed = new Set<string>();
      return ({ kind, author }, { may, room }) => {
        const { slowMode } = settingsOf(room, this.settings);
        if (kind !== 'post' || slowMode === 0 || may.moderator) return undefined;
        const before = author.id === null ? undefined : read?.get(author.id);
        const wait = slowMode - (passed.has(author.sessionId) ? 0 : (before ?? Infinity));
        if (wait > 0) return new ProtocolError('posting_too_fast', 'this room is slow', Math.ceil(wait));
        passed.add(author.sessionId);
        return undefined;
      };
    };
  }
}
