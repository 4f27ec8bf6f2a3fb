import { type Transaction } from '../../foundation/database/database.js';
import { type ActivityRepository } from '../../records/users/activity.repository.js';
import {
  type Correspondents,
  type LetterDraft,
  type ReactionDraft,
  type TextDraft,
  type UploadDraft,
} from './draft.js';
import { markedRooms } from './marked-rooms.js';
import { type Check, type LockedRule, type RoomRule } from './rule.js';
import { keepUnseen } from './verdict.js';

type RoomDraft = TextDraft | ReactionDraft | UploadDraft;

/** Keeps unseen what people write whom staff has shadowed. They take reactions back as before. */
export class ShadowBan implements RoomRule<RoomDraft> {
  readonly name = 'shadow ban';

  read(): Promise<() => Check<RoomDraft>> {
    return Promise.resolve(() => (draft, { room, may, caller }) => {
      const isShadowed = caller.shadowed || caller.overrides.get(room.id)?.shadowed === true;
      const isRemoval = draft.kind === 'reaction' && draft.isRemoval;
      return isShadowed && !may.moderator && !isRemoval ? keepUnseen() : undefined;
    });
  }
}

/** Keeps unseen direct messages of people who are shadowed on the whole server, or in every room that they have used. */
export class ShadowedLetters implements LockedRule<LetterDraft, Correspondents, Correspondents> {
  readonly name = 'shadow ban';

  constructor(private readonly activity: Pick<ActivityRepository, 'hasUsedOtherRooms'>) {}

  async read(tx: Transaction, { sender }: Correspondents): Promise<() => Check<LetterDraft, Correspondents>> {
    const rooms = markedRooms(sender, ({ shadowed }) => shadowed);
    const isShadowed =
      sender.shadowed || (rooms.length > 0 && !(await this.activity.hasUsedOtherRooms(tx, sender.id, rooms)));
    return () => () => (isShadowed && !sender.moderator ? keepUnseen() : undefined);
  }
}
