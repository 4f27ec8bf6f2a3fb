import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database } from '../../foundation/database/database.js';

/** Something that a rule removes whose author it mutes, which has still to be done. */
export interface Sanction {
  /** The id of the message, also for an edit of it. */
  messageId: number;
  /** Token of its room. */
  room: string;
  /** Author's Session ID. */
  sessionId: string;
  /** The rule's name; null when it has gone, or does not mute any more. */
  name: string | null;
  /** Unix seconds until which its author is muted; null as well then. */
  until: number | null;
}

const AT_ONCE = 100;

const SANCTION_COLUMNS: Columns<Sanction> = {
  messageId: column.number,
  room: column.text,
  sessionId: column.text,
  name: column.text.orNull,
  until: column.number.orNull,
};

/** Held messages and edits that rules of staff have removed. */
@Injectable()
export class SanctionsRepository {
  constructor(private readonly database: Database) {}

  /** Those that have still to be carried out, oldest first. */
  async due(): Promise<Sanction[]> {
    return this.database.rows(
      SANCTION_COLUMNS,
      `SELECT m.id AS "messageId", r.token AS room, p.session_id AS "sessionId", u.name,
         due.at + (u.rule->>'seconds')::float8 AS until
       FROM (
         SELECT id, posted_at AS at, rule_id FROM messages
         WHERE state = 'held' AND held_for = 'sanction' AND data IS NOT NULL
         UNION ALL
         SELECT message_id, held_at, rule_id FROM held_edits WHERE held_for = 'sanction' AND rejected_at IS NULL
       ) AS due JOIN messages m ON m.id = due.id JOIN rooms r ON r.id = m.room_id JOIN users p ON p.id = m.user_id
         LEFT JOIN rules u ON u.id = due.rule_id AND u.rule->>'then' = 'mute'
       ORDER BY m.id LIMIT ${AT_ONCE}`,
    );
  }
}
