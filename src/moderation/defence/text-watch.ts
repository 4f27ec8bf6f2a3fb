import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { type HoldReason } from '../../records/defence/held.js';
import {
  type CountedKind,
  type RoomDefence,
  type RoomDefenceNow,
  type ServerDefence,
} from '../../records/defence/room-defence.js';
import { isAtLeast, type TrustLevel } from '../../records/defence/trust.js';
import { type Newcomer } from '../../records/defence/trust.repository.js';
import { fits, limitsOf, mostOf, SERVER_SHARE } from './budgets.js';
import { withOneMore } from './counting.js';
import { countsIn, WINDOWS, withTime } from './windows.js';

/** Held messages that somebody may have waiting in a room. */
const MOST_HELD = 3;
/** People with the same fingerprint in ten minutes who make a room guarded. */
export const CLUSTER = 3;
/** A newcomer's posts: one in so many seconds, and so many in ten minutes. */
const NEWCOMER_RATE = { apart: 15, inTenMinutes: 8 };
const NEWCOMER_LINKS = 1;
/** Seconds for which fingerprints are compared. */
export const ALIKE_WITHIN = 600;

/** A post of somebody who is not established. */
export interface WatchedPost {
  sessionId: string;
  level: TrustLevel;
  /** Undefined for somebody without a row. */
  newcomer: Newcomer | undefined;
  /** As `fingerprintsOf` makes them. */
  likeness: readonly number[];
  links: number;
  hasMedia: boolean;
  /** The phrase of an invitation that it has and that nobody has used; undefined for everybody but strangers. */
  invitation: string | undefined;
  /** Whether it pretends to be said by the server. */
  posesAs: Extract<HoldReason, 'name' | 'server_words'> | undefined;
}

/** The state of a room, as far as posts are judged by it. */
export interface WatchedRoom extends RoomDefenceNow {
  /** Undefined when nobody can be published whom it would concern. */
  server: ServerDefence | undefined;
  /** How many strangers and newcomers shared each fingerprint in the last ten minutes, by fingerprint. */
  alike: ReadonlyMap<number, ReadonlySet<string>>;
}

/** The reason why a room is made guarded. */
export interface Trigger {
  cause: 'rate' | 'likeness';
  /** Unix seconds: first posts since then set it off. */
  beganAt: number;
}

/** Refuses a post, or says why it is held; undefined publishes it. */
export type Judgement = ProtocolError | HoldReason | undefined;

/** The budget that a published post is counted against, by its author's level. */
type PublishedBudget = keyof ServerDefence;

/**
 * Judges the posts of a group one after the other, counting each against those that follow. Nothing is written: a group
 * may be judged again.
 */
export class TextWatch {
  /** Why the room was made guarded, if it was. */
  trigger: Trigger | undefined;
  /** The room's defence as it is after the posts; the same object as before when they changed nothing. */
  defence: RoomDefence;
  server: ServerDefence | undefined;
  private readonly alike: Map<number, Set<string>>;
  /** Invitations that the posts have used, by phrase. */
  readonly invited = new Set<string>();
  private readonly attempted = new Set<string>();
  private readonly held = new Map<string, number>();
  private readonly posted = new Map<string, number>();

  constructor(private readonly room: WatchedRoom) {
    this.defence = room.defence;
    this.server = room.server;
    this.alike = new Map([...room.alike].map(([value, people]) => [value, new Set(people)]));
  }

  /** Whether posts of strangers are held whatever the budgets say. */
  get isGuarded(): boolean {
    return this.defence.state === 'guarded';
  }

  judge(post: WatchedPost): Judgement {
    if (this.isLetIn(post)) return undefined;
    const isMember = isAtLeast(post.level, 'member');
    if (!isMember) {
      const refusal = this.refusal(post);
      if (refusal) return refusal;
    }
    if (post.level === 'stranger') this.attempt(post);
    const reason = this.reasonToHold(post);
    this.posted.set(post.sessionId, (this.posted.get(post.sessionId) ?? 0) + 1);
    if (reason === undefined) {
      this.count(post);
      return undefined;
    }
    // Newcomers who are too many together are strangers who came before.
    if (reason === 'newcomer' && !isMember) this.attempt(post);
    this.noteHeld(post);
    return reason;
  }

  /**
   * Counts a post that a rule of staff keeps from others, whatever this would say: raids are counted and their authors are
   * slowed alike whether a rule knows their words or not.
   * @returns what refuses it nevertheless
   */
  judgeKept(post: WatchedPost, isHeld: boolean): ProtocolError | undefined {
    const refusal = isAtLeast(post.level, 'member') ? undefined : this.refusal(post);
    if (refusal) return refusal;
    if (post.level === 'stranger') this.attempt(post);
    this.isLikeOthers(post);
    this.posted.set(post.sessionId, (this.posted.get(post.sessionId) ?? 0) + 1);
    if (isHeld) this.noteHeld(post);
    return undefined;
  }

  private noteHeld({ sessionId }: WatchedPost): void {
    this.held.set(sessionId, (this.held.get(sessionId) ?? 0) + 1);
  }

  /** Whether an invitation has a stranger's post published whatever the budgets say. It lets one post in. */
  private isLetIn({ invitation, posesAs, hasMedia, links }: WatchedPost): boolean {
    if (invitation === undefined || this.invited.has(invitation)) return false;
    if (this.defence.state === 'closed' || posesAs || hasMedia || links > NEWCOMER_LINKS) return false;
    this.invited.add(invitation);
    return true;
  }

  private refusal({ sessionId, level, newcomer }: WatchedPost): ProtocolError | undefined {
    const held = (newcomer?.held ?? 0) + (this.held.get(sessionId) ?? 0);
    const isClosed = this.defence.state === 'closed';
    if (held >= (isClosed ? 1 : MOST_HELD)) return new ProtocolError('posting_too_fast');
    const posted = this.posted.get(sessionId) ?? 0;
    if (level !== 'newcomer' || isClosed) return undefined;
    const factor = this.isGuarded ? 2 : 1;
    const { apart, inTenMinutes } = NEWCOMER_RATE;
    const isTooSoon = posted > 0 || (newcomer?.sinceLatest ?? Infinity) < apart * factor;
    const isTooMuch = (newcomer?.recent ?? 0) + posted >= inTenMinutes / factor;
    return isTooSoon || isTooMuch ? new ProtocolError('posting_too_fast') : undefined;
  }

  private reasonToHold(post: WatchedPost): HoldReason | undefined {
    const isAlike = this.isLikeOthers(post);
    if (isAtLeast(post.level, 'member')) {
      if (isAlike) return 'likeness';
      return this.hasRoomFor(post) ? undefined : 'newcomer';
    }
    if (this.defence.state === 'closed') return 'closed';
    if (post.posesAs) return post.posesAs;
    if (post.hasMedia || post.links > NEWCOMER_LINKS) return 'media';
    if (isAlike) return 'likeness';
    if (post.level === 'stranger' && this.defence.state !== 'calm') return 'guarded';
    if (!this.hasRoomFor(post)) return post.level === 'stranger' ? 'first_post' : 'newcomer';
    return undefined;
  }

  /** Whether enough others have just said the same; makes the room guarded then. */
  private isLikeOthers({ level, sessionId, likeness }: WatchedPost): boolean {
    const counts = !isAtLeast(level, 'member');
    let isAlike = false;
    for (const value of likeness) {
      const people = this.alike.get(value) ?? new Set();
      const others = people.size - (people.has(sessionId) ? 1 : 0);
      if (others >= CLUSTER - 1) isAlike = true;
      if (!counts) continue;
      people.add(sessionId);
      this.alike.set(value, people);
    }
    if (isAlike && counts) this.guard({ cause: 'likeness', beganAt: this.room.now - ALIKE_WITHIN });
    return isAlike;
  }

  private hasRoomFor({ level }: WatchedPost): boolean {
    const counted = budgetOf(level);
    const { now } = this.room;
    const limits = this.limits(counted);
    if (!fits(countsIn(this.defence[counted], now), limits)) return false;
    const server = this.server?.[counted] ?? [];
    return fits(
      countsIn(server, now),
      limits.map((limit) => limit * SERVER_SHARE),
    );
  }

  private count({ level }: WatchedPost): void {
    const counted = budgetOf(level);
    this.push(counted);
    if (!this.server) return;
    const most = mostOf(counted, this.limits(counted)) * SERVER_SHARE;
    this.server = { ...this.server, [counted]: withTime(this.server[counted], this.room.now, most) };
  }

  /** Counts that somebody tried to post whom nobody knows; once a day, also when they delete what was held. */
  private attempt({ sessionId, newcomer }: WatchedPost): void {
    if (this.attempted.has(sessionId) || newcomer?.hasTried || (newcomer?.held ?? 0) > 0) return;
    this.attempted.add(sessionId);
    this.push('attempts');
    const counts = countsIn(this.defence.attempts, this.room.now);
    const limits = this.limits('attempts');
    const window = counts.findIndex((count, index) => count >= (limits[index] ?? Infinity));
    const seconds = WINDOWS[window];
    if (seconds !== undefined) this.guard({ cause: 'rate', beganAt: this.room.now - seconds });
  }

  private guard(trigger: Trigger): void {
    const { state, busiest } = this.defence;
    if (state !== 'calm' && state !== 'alert') return;
    this.trigger ??= trigger;
    this.defence = {
      ...this.defence,
      state: 'guarded',
      since: this.room.now,
      until: null,
      isForced: false,
      busiest: { ...busiest, isRaided: true },
    };
  }

  private push(counted: CountedKind): void {
    this.defence = withOneMore(this.defence, counted, this.room);
  }

  private limits(counted: CountedKind): number[] {
    return limitsOf(counted, { ...this.room, defence: this.defence });
  }
}

/** The budget that posts of somebody who is trusted so far are counted against. */
function budgetOf(level: TrustLevel): PublishedBudget {
  if (level === 'stranger') return 'firstPosts';
  return level === 'newcomer' ? 'newcomerPosts' : 'youngPosts';
}
