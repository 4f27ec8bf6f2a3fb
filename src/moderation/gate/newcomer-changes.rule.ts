import { type Transaction } from '../../foundation/database/database.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { type RoomDefenceRepository } from '../../records/defence/room-defence.repository.js';
import { type RoomState } from '../../records/defence/room-state.js';
import { acquaintanceOf, isAtLeast, trustIn } from '../../records/defence/trust.js';
import { type TrustRepository } from '../../records/defence/trust.repository.js';
import { type RoomDirectory } from '../../records/rooms/room-directory.service.js';
import { type ServerRoomSettings, settingsOf } from '../../records/rooms/room-settings.js';
import { type ReactionDraft, type TextDraft } from './draft.js';
import { isEmoji } from './emoji.js';
import { type Check, type RoomRule } from './rule.js';
import { holdFor, type Verdict } from './verdict.js';

type ChangeDraft = TextDraft | ReactionDraft;

/** States of a room in which strangers do not react. */
const WARY: readonly RoomState[] = ['guarded', 'closed'];

/**
 * Bounds what strangers and newcomers change in rooms whose defence is on: their edits wait for a moderator, their reactions
 * are emoji, and strangers give none while the room is guarded. Posts are judged by `Defence`.
 */
export class NewcomerChanges implements RoomRule<ChangeDraft> {
  readonly name = 'newcomer changes';

  constructor(
    private readonly settings: ServerRoomSettings,
    private readonly directory: Pick<RoomDirectory, 'peek'>,
    private readonly trust: Pick<TrustRepository, 'of'>,
    private readonly defences: Pick<RoomDefenceRepository, 'stateOf'>,
  ) {}

  async read(
    tx: Transaction,
    token: string,
    drafts: readonly ChangeDraft[],
  ): Promise<() => Check<ChangeDraft>> {
    const changes = drafts.filter(isChange);
    const room = this.directory.peek(token);
    const isOff = room !== undefined && settingsOf(room, this.settings).defence !== 'on';
    if (changes.length === 0 || isOff) return () => () => undefined;
    const hasReactions = changes.some(({ kind }) => kind === 'reaction');
    const [known, state] = await Promise.all([
      this.trust.of(
        tx,
        token,
        changes.flatMap(({ author }) => author.id ?? []),
      ),
      hasReactions ? this.defences.stateOf(tx, token) : ('calm' as const),
    ]);
    return () =>
      (draft, { room, caller }) => {
        if (!isChange(draft) || settingsOf(room, this.settings).defence !== 'on') return undefined;
        const level = trustIn(room.id, caller, acquaintanceOf(known, caller));
        if (isAtLeast(level, 'member')) return undefined;
        if (draft.kind !== 'reaction') return holdFor('edit');
        return judgeReaction(draft.reaction, level === 'stranger' && WARY.includes(state));
      };
  }
}

/** Whether a draft changes what others see, and is no post. */
function isChange(draft: ChangeDraft): boolean {
  return draft.kind === 'edit' || (draft.kind === 'reaction' && !draft.isRemoval);
}

function judgeReaction(reaction: string, isUnwelcome: boolean): Verdict {
  if (isUnwelcome) return new ProtocolError('room_guarded');
  // Anything else would be a text that everybody reads.
  return isEmoji(reaction)
    ? undefined
    : new ProtocolError('permission_denied', 'new people react with emoji');
}
