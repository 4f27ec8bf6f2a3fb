import { counted } from '../foundation/wording.js';
import {
  type Acquaintance,
  isAtLeast,
  MEMBER,
  PROMOTIONS_A_DAY,
  REGULAR,
  trustIn,
  type TrustLevel,
  type TrustRecord,
} from '../records/defence/trust.js';
import { type Standing } from '../records/users/user.js';

/** An account of how far somebody is trusted in a room. */
export interface TrustReport {
  level: TrustLevel;
  /** The reason for the level. */
  by: string;
  /** Things that the next level takes; null for a level above which there is none to earn. */
  missing: string | null;
}

/**
 * Explains how far somebody is trusted in a room.
 * @param now unix seconds
 */
export function trustReport(
  roomId: number,
  standing: Standing,
  acquaintance: Acquaintance,
  now: number,
): TrustReport {
  const level = trustIn(roomId, standing, acquaintance);
  return {
    level,
    by: causeOf(level, roomId, standing, acquaintance.record),
    missing: isAtLeast(level, 'regular') ? null : missingFor(level, acquaintance.record, now),
  };
}

function causeOf(
  level: TrustLevel,
  roomId: number,
  standing: Standing,
  record: TrustRecord | undefined,
): string {
  if (level === 'staff') return 'a role';
  if (level === 'regular') {
    if (standing.trusted) return 'trust that staff gave on the whole server';
    const override = standing.overrides.get(roomId);
    if (override?.trusted) return 'trust that staff gave in this room';
    return record?.regularSince == null ? 'a permission to write or upload' : postCount(record);
  }
  if (record) return postCount(record);
  return level === 'stranger' ? 'no post that is published' : 'being a member of another room';
}

function postCount({ posts, days }: TrustRecord): string {
  return `${counted(posts, 'published post')} on ${counted(days, 'day')}`;
}

function missingFor(level: TrustLevel, record: TrustRecord | undefined, now: number): string {
  const { posts, days, firstAt } = record ?? { posts: 0, days: 0, firstAt: now };
  const isMember = level === 'member';
  const wanted = isMember ? REGULAR : MEMBER;
  const age = posts === 0 ? 0 : now - firstAt;
  const parts = [
    atLeastZero(wanted.posts - posts, 'post'),
    atLeastZero(wanted.days - days, 'day'),
    isMember ? undefined : atLeastZero(Math.ceil((MEMBER.seconds - age) / 3600), 'hour'),
  ].filter((part) => part !== undefined);
  if (parts.length > 0) return parts.join(', ');
  return `a free place among ${PROMOTIONS_A_DAY} promotions a day, or posts that still stand`;
}

function atLeastZero(count: number, unit: string): string | undefined {
  return count > 0 ? counted(count, unit) : undefined;
}
