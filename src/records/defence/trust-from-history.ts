import { MEMBER, REGULAR, SECONDS_PER_DAY, STANDS } from './trust.js';

/** SQL: whether neither the room nor the server bans the person in the row `h`. */
const IS_WELCOME = `NOT EXISTS (SELECT 1 FROM users u WHERE u.id = h.user_id AND u.banned) AND NOT EXISTS (
  SELECT 1 FROM permission_overrides o WHERE o.room_id = h.room_id AND o.user_id = h.user_id AND o.banned)`;

/**
 * SQL that fills an empty table of trust from the history of all rooms: by the posts that are there, as trust is earned
 * otherwise; and people who were first seen a day before the end of the history, and have visited a room, are newcomers there.
 */
export const TRUST_FROM_HISTORY = `
  INSERT INTO trust (room_id, user_id, first_at, posts, days, last_day, member_since, regular_since)
  SELECT h.room_id, h.user_id, h.first_at, h.posts, h.days, h.last_day,
    CASE WHEN h.posts >= ${MEMBER.posts} AND h.days >= ${MEMBER.days} AND h.last_at >= h.first_at + ${MEMBER.seconds}
      THEN h.first_at + ${MEMBER.seconds} END,
    CASE WHEN h.posts >= ${REGULAR.posts} AND h.days >= ${REGULAR.days} THEN h.last_at END
  FROM (
    SELECT room_id, user_id, min(posted_at) AS first_at, max(posted_at) AS last_at, count(*) AS posts,
      count(DISTINCT floor(posted_at / ${SECONDS_PER_DAY})) AS days,
      floor(max(posted_at) / ${SECONDS_PER_DAY})::integer AS last_day
    FROM messages m
    WHERE ${STANDS}
    GROUP BY room_id, user_id
    UNION ALL
    SELECT v.room_id, v.user_id, u.created_at, u.created_at, 0, 0, 0
    FROM room_users v JOIN users u ON u.id = v.user_id
    WHERE u.created_at <= (SELECT max(last_active_at) FROM room_users) - ${SECONDS_PER_DAY} AND NOT EXISTS (
      SELECT 1 FROM messages m
      WHERE m.room_id = v.room_id AND m.user_id = v.user_id AND ${STANDS})
  ) AS h
  WHERE ${IS_WELCOME}`;
