import { Injectable } from '@nestjs/common';
import { column } from '../../foundation/database/columns.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';

/** Seconds for which a phrase lets somebody in: two weeks. */
const VALID_FOR = 14 * 24 * 60 * 60;
/** Events that say that staff has removed what a guest wrote. */
const REMOVALS = ['ban', 'messages.delete_all', 'message.delete'];

/**
 * Whether the guest `g` of an invitation to the room `r` is banned, or staff has removed what they wrote and has not taken that
 * back. Messages that were purged or rejected together have one event for many authors, so the messages themselves are asked.
 */
const isGuestRemoved = (i: 'i' | 'used'): string => `(g.banned
  OR EXISTS (SELECT 1 FROM permission_overrides p WHERE p.room_id = r.id AND p.user_id = g.id AND p.banned)
  OR EXISTS (SELECT 1 FROM messages m WHERE m.room_id = r.id AND m.user_id = g.id AND m.posted_at >= ${i}.used_at - 1
    AND (m.rejected_at IS NOT NULL
      OR m.state = 'withdrawn' AND m.incident_id IS NULL AND m.held_for IS DISTINCT FROM 'reported'))
  OR EXISTS (
    SELECT 1 FROM events e WHERE e.target = g.session_id AND e.kind IN (${REMOVALS.map((kind) => `'${kind}'`).join(', ')})
      AND e.at >= ${i}.used_at AND (e.room IS NULL OR lower(e.room) = lower(r.token))
      AND NOT EXISTS (SELECT 1 FROM events u WHERE u.undoes = e.id)))`;

/** The table of invitations. */
@Injectable()
export class InvitationsRepository {
  constructor(private readonly database: Database) {}

  /** Adds an invitation to a room that the transaction has locked. @returns false when the phrase is taken */
  async add(tx: Transaction, roomId: number, inviterId: number, phrase: string): Promise<boolean> {
    const added = await tx.run(
      `INSERT INTO invitations (room_id, inviter_id, phrase, created_at) VALUES ($1, $2, $3, ${NOW})
       ON CONFLICT DO NOTHING`,
      [roomId, inviterId, phrase],
    );
    return added === 1;
  }

  /** How many invitations to a room somebody has made within some seconds, and whether a guest of theirs was removed since. */
  async historyOf(
    tx: Transaction,
    roomId: number,
    inviterId: number,
    seconds: number,
  ): Promise<{ recent: number; hasRemovedGuest: boolean }> {
    const row = await tx.row(
      { recent: column.number, hasRemovedGuest: column.boolean },
      `SELECT count(*) FILTER (WHERE i.created_at > ${NOW} - $3::float8) AS recent,
         coalesce(bool_or(${isGuestRemoved('i')}), false) AS "hasRemovedGuest"
       FROM invitations i JOIN rooms r ON r.id = i.room_id LEFT JOIN users g ON g.id = i.guest_id
       WHERE i.inviter_id = $2 AND i.room_id = $1`,
      [roomId, inviterId, seconds],
    );
    return row ?? { recent: 0, hasRemovedGuest: false };
  }

  /**
   * Those of some phrases that let a stranger into a room: nobody has used them, their inviters are not banned, and no guest of
   * theirs was removed.
   */
  async open(tx: Transaction, roomId: number, phrases: readonly string[]): Promise<Set<string>> {
    const rows = await tx.rows(
      { phrase: column.text },
      `SELECT i.phrase FROM invitations i JOIN users u ON u.id = i.inviter_id
         LEFT JOIN permission_overrides o ON o.room_id = i.room_id AND o.user_id = i.inviter_id
       WHERE i.room_id = $1 AND i.phrase = ANY ($2) AND i.guest_id IS NULL AND i.created_at > ${NOW} - ${VALID_FOR}
         AND NOT u.banned AND NOT coalesce(o.banned, false)
         AND NOT EXISTS (
           SELECT 1 FROM invitations used JOIN rooms r ON r.id = used.room_id JOIN users g ON g.id = used.guest_id
           WHERE used.room_id = i.room_id AND used.inviter_id = i.inviter_id AND ${isGuestRemoved('used')})`,
      [roomId, phrases],
    );
    return new Set(rows.map(({ phrase }) => phrase));
  }

  /** Notes who used a phrase, in a room that the transaction has locked. */
  async use(tx: Transaction, roomId: number, phrase: string, guestId: number): Promise<void> {
    await tx.run(
      `UPDATE invitations SET guest_id = $3, used_at = ${NOW}
       WHERE room_id = $1 AND phrase = $2 AND guest_id IS NULL`,
      [roomId, phrase, guestId],
    );
  }

  /** The Session ID of whoever has invited somebody to a room; undefined when nobody has. */
  async inviterOf(roomId: number, guest: string): Promise<string | undefined> {
    const row = await this.database.row(
      { sessionId: column.text },
      `SELECT u.session_id AS "sessionId" FROM invitations i JOIN users u ON u.id = i.inviter_id
         JOIN users g ON g.id = i.guest_id
       WHERE i.room_id = $1 AND g.session_id = $2 ORDER BY i.id LIMIT 1`,
      [roomId, guest],
    );
    return row?.sessionId;
  }
}
