/**
 * In SQL: whether the row `m` of `messages` was there for everyone, was reported by members or shows a picture like a
 * forbidden one, and is withdrawn until a moderator
 * has looked at it.
 */
export const IS_HIDDEN = `m.state = 'withdrawn' AND m.held_for IN ('reported', 'similar') AND m.rejected_at IS NULL`;

/** The latest former text of the row `m` of `messages`. Imported ones may lack the size that their signature covers. */
export const LATEST_TEXT = `SELECT h.id, h.data, h.padded_size, h.signature FROM message_history h
  WHERE h.message_id = m.id AND h.padded_size IS NOT NULL ORDER BY h.id DESC LIMIT 1`;
