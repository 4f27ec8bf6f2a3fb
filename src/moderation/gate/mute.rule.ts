import { type Clock } from '../../foundation/clock.js';
import { type Transaction } from '../../foundation/database/database.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { momentText } from '../../foundation/wording.js';
import { type MutesRepository } from '../../records/moderation/mutes.repository.js';
import { type ActivityRepository } from '../../records/users/activity.repository.js';
import { muteIn, NO_END, type Standing } from '../../records/users/user.js';
import { type Correspondents, type LetterDraft, type RoomDraft } from './draft.js';
import { isMarkedEverywhere, markedRooms } from './marked-rooms.js';
import { type Check, type LockedRule, type RoomRule } from './rule.js';
import { hold, type Kept } from './verdict.js';

/**
 * Refuses what muted people write. Their first post after the mute is held instead, and a whisper tells them why. They take
 * reactions back as before.
 */
export class Muted implements RoomRule<RoomDraft> {
  readonly name = 'mute';

  constructor(
    private readonly clock: Clock,
    private readonly mutes: Pick<MutesRepository, 'latest'>,
  ) {}

  async read(tx: Transaction, token: string, drafts: readonly RoomDraft[]): Promise<() => Check<RoomDraft>> {
    const posters = new Set(
      drafts.flatMap(({ kind, author }) => (kind === 'post' && mayBeMuted(author) ? (author.id ?? []) : [])),
    );
    const latest = posters.size > 0 ? await this.mutes.latest(tx, token, [...posters]) : undefined;
    return () => {
      const told = new Set<number>();
      return (draft, { room, may, caller }) => {
        const until = muteIn(room.id, caller, this.clock.seconds());
        if (until === null || may.moderator) return undefined;
        if (draft.kind === 'reaction' && draft.isRemoval) return undefined;
        const mute = draft.kind === 'post' && caller.id !== null ? latest?.get(caller.id) : undefined;
        if (!mute || mute.isTold || caller.id === null || told.has(caller.id)) return this.refuse(until);
        told.add(caller.id);
        return explained(until, mute.reason);
      };
    };
  }

  private refuse(until: number): ProtocolError {
    return mutedRefusal(until, this.clock.seconds());
  }
}

/** Refuses direct messages of people who are muted on the whole server, or in every room that they have used. */
export class MutedLetters implements LockedRule<LetterDraft, Correspondents, Correspondents> {
  readonly name = 'mute';

  constructor(
    private readonly clock: Clock,
    private readonly activity: Pick<ActivityRepository, 'hasUsedOtherRooms'>,
  ) {}

  async read(tx: Transaction, { sender }: Correspondents): Promise<() => Check<LetterDraft, Correspondents>> {
    const now = this.clock.seconds();
    const isMutedNow = ({ mutedUntil }: Pick<Standing, 'mutedUntil'>): boolean => (mutedUntil ?? 0) > now;
    const isMuted = await isMarkedEverywhere(tx, this.activity, sender, isMutedNow);
    if (!isMuted || sender.moderator) return () => () => undefined;
    const rooms = markedRooms(sender, isMutedNow);
    const until = Math.max(...[...rooms, NO_ROOM].map((room) => muteIn(room, sender, now) ?? 0));
    return () => () => mutedRefusal(until, now);
  }
}

/** The id of no room. */
const NO_ROOM = 0;

/** Whether somebody is or was muted anywhere. */
function mayBeMuted({ mutedUntil, overrides }: Standing): boolean {
  return mutedUntil !== null || [...overrides.values()].some((override) => override.mutedUntil !== null);
}

function mutedRefusal(until: number, now: number): ProtocolError {
  return new ProtocolError('muted', undefined, until === NO_END ? undefined : Math.ceil(until - now));
}

function explained(until: number, reason: string | null): Kept {
  const end = until === NO_END ? '' : ` until ${momentText(until)}`;
  const because = reason === null ? '' : ` Reason: ${reason}`;
  const text = `A moderator has muted you${end}: you read on, and others do not see what you write.${because}`;
  return { ...hold(text), reason: 'muted' };
}
