import { type Transaction } from '../../foundation/database/database.js';
import { type ActivityRepository } from '../../records/users/activity.repository.js';
import { isShadowedIn } from '../../records/users/user.js';
import { type Correspondents, type LetterDraft, type RoomDraft } from './draft.js';
import { isMarkedEverywhere } from './marked-rooms.js';
import { type Check, type LockedRule, type RoomRule } from './rule.js';
import { keepUnseen } from './verdict.js';

/** Keeps unseen what people write whom staff has shadowed. They take reactions back as before. */
export class ShadowBan implements RoomRule<RoomDraft> {
  readonly name = 'shadow ban';

  read(): Promise<() => Check<RoomDraft>> {
    return Promise.resolve(() => (draft, { room, may, caller }) => {
      const isShadowed = isShadowedIn(room.id, caller);
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
    const isShadowed = await isMarkedEverywhere(tx, this.activity, sender, ({ shadowed }) => shadowed);
    return () => () => (isShadowed && !sender.moderator ? keepUnseen() : undefined);
  }
}
