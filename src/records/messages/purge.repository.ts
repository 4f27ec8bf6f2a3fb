import { Injectable } from '@nestjs/common';
import { column } from '../../foundation/database/columns.js';
import { Database } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';

/**
 * A thing that messages of newcomers have in common: fingerprints of one, within how many seconds their authors have first posted to
 * the room, or the Session ID of their author.
 */
export type CommonTrait = { likeMessage: number } | { firstPostWithin: number } | { author: string };

/** Seconds for which messages are looked through for others that are like one: a day. */
const LOOKED_BACK = 86_400;

/**
 * Whether the author `u` of a message in room `$1`, whose trust there is `t` and whose override `o`, is established, or staff
 * has decided for them.
 */
const IS_SPARED = `u.is_server OR u.moderator OR u.trusted
  OR coalesce(o.moderator OR o.trusted, false) OR coalesce(o.write OR o.upload, false)
  OR t.member_since IS NOT NULL OR t.regular_since IS NOT NULL`;

const FROM = `FROM messages m JOIN users u ON u.id = m.user_id
    LEFT JOIN trust t ON t.room_id = m.room_id AND t.user_id = m.user_id
    LEFT JOIN permission_overrides o ON o.room_id = m.room_id AND o.user_id = m.user_id
  WHERE m.room_id = $1 AND m.data IS NOT NULL AND m.state IN ('published', 'held')
    AND m.whisper_to IS NULL AND NOT m.whisper_mods AND NOT (${IS_SPARED})`;

/** Finds messages of strangers and newcomers that go together. */
@Injectable()
export class PurgeRepository {
  constructor(private readonly database: Database) {}

  /** Ids of messages in a room that have something in common, oldest first, whose authors are neither members nor staff. */
  async find(roomId: number, common: CommonTrait): Promise<number[]> {
    if ('likeMessage' in common) return this.alike(roomId, common.likeMessage);
    if ('author' in common) return this.of(roomId, common.author);
    return this.ofFirstPosters(roomId, common.firstPostWithin);
  }

  private async alike(roomId: number, like: number): Promise<number[]> {
    return this.ids(
      `SELECT m.id ${FROM} AND m.posted_at > ${NOW} - ${LOOKED_BACK}
         AND (m.id = $2 OR m.likeness && (SELECT likeness FROM messages WHERE id = $2 AND room_id = $1))
       ORDER BY m.id`,
      [roomId, like],
    );
  }

  private async ofFirstPosters(roomId: number, seconds: number): Promise<number[]> {
    return this.ids(
      `SELECT m.id ${FROM} AND m.posted_at > ${NOW} - $2::float8
         AND NOT EXISTS (SELECT 1 FROM messages e
           WHERE e.room_id = m.room_id AND e.user_id = m.user_id AND e.posted_at <= ${NOW} - $2::float8)
       ORDER BY m.id`,
      [roomId, seconds],
    );
  }

  private async of(roomId: number, sessionId: string): Promise<number[]> {
    return this.ids(`SELECT m.id ${FROM} AND u.session_id = $2 ORDER BY m.id`, [roomId, sessionId]);
  }

  private async ids(sql: string, parameters: readonly unknown[]): Promise<number[]> {
    return (await this.database.rows({ id: column.number }, sql, parameters)).map(({ id }) => id);
  }
}
