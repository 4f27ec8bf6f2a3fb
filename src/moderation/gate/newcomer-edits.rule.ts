import { type Transaction } from '../../foundation/database/database.js';
import { acquaintanceOf, isAtLeast, trustIn } from '../../records/defence/trust.js';
import { type TrustRepository } from '../../records/defence/trust.repository.js';
import { type RoomDirectory } from '../../records/rooms/room-directory.service.js';
import { type ServerRoomSettings, settingsOf } from '../../records/rooms/room-settings.js';
import { type TextDraft } from './draft.js';
import { type Check, type RoomRule } from './rule.js';
import { holdFor } from './verdict.js';

/**
 * Has edits of strangers and newcomers wait for a moderator in rooms whose defence is on. Their posts are judged by
 * `Defence`, their reactions by `NewcomerReactions`.
 */
export class NewcomerEdits implements RoomRule<TextDraft> {
  readonly name = 'newcomer edits';

  constructor(
    private readonly settings: ServerRoomSettings,
    private readonly directory: Pick<RoomDirectory, 'peek'>,
    private readonly trust: Pick<TrustRepository, 'of'>,
  ) {}

  async read(tx: Transaction, token: string, drafts: readonly TextDraft[]): Promise<() => Check<TextDraft>> {
    const edits = drafts.filter(({ kind }) => kind === 'edit');
    const room = this.directory.peek(token);
    const isOff = room !== undefined && settingsOf(room, this.settings).defence !== 'on';
    if (edits.length === 0 || isOff) return () => () => undefined;
    const known = await this.trust.of(
      tx,
      token,
      edits.flatMap(({ author }) => author.id ?? []),
    );
    return () =>
      (draft, { room, caller }) => {
        if (draft.kind !== 'edit' || settingsOf(room, this.settings).defence !== 'on') return undefined;
        const level = trustIn(room.id, caller, acquaintanceOf(known, caller));
        return isAtLeast(level, 'member') ? undefined : holdFor('edit');
      };
  }
}
