/**
 * Whether nobody trusts the person of the row `u` of `users`, with the row `o` of `permission_overrides` that they have in a
 * room or none: they are a member of no room, no staff, and staff neither vouches for them nor lets them write.
 */
export const UNTRUSTED = `NOT u.trusted AND NOT u.moderator
  AND NOT (o.user_id IS NOT NULL AND (o.trusted OR o.moderator OR coalesce(o.write OR o.upload, false)))
  AND NOT EXISTS (SELECT 1 FROM trust t
    WHERE t.user_id = u.id AND (t.member_since IS NOT NULL OR t.regular_since IS NOT NULL))`;
