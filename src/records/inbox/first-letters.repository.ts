import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';

/** First direct messages from one person to another within a day, as far as they are there. */
export interface FirstLetters {
  /** Whether the recipient has written to the sender. */
  isAnswer: boolean;
  /** Whether the sender has written to the recipient before. */
  isKnown: boolean;
  /** How many people the sender wrote to for the first time, without having been written to. */
  recipients: number;
  /** How many people below member wrote to the recipient for the first time, without having been written to. */
  senders: number;
}

const DAY = 86_400;
/** SQL: whether the direct message in the row `i` of `inbox` was delivered. One that is kept from its recipient expires when it is posted. */
const IS_DELIVERED = 'i.expires_at > i.posted_at';

/** SQL: whether no room has known a user for long, as `bestTrust` says. @param id the column with the user's id */
function isBelowMember(id: string): string {
  return `NOT EXISTS (
      SELECT 1 FROM trust t WHERE t.user_id = ${id} AND (t.member_since IS NOT NULL OR t.regular_since IS NOT NULL)
    ) AND NOT EXISTS (
      SELECT 1 FROM permission_overrides o
      WHERE o.user_id = ${id} AND (o.moderator OR o.trusted OR o.write OR o.upload)
    ) AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = ${id} AND (u.moderator OR u.trusted))`;
}

const FIRST_LETTERS_COLUMNS: Columns<FirstLetters> = {
  isAnswer: column.boolean,
  isKnown: column.boolean,
  recipients: column.number,
  senders: column.number,
};

/** Counts whom people begin to write to. The counts are exact while both people are locked. */
@Injectable()
export class FirstLettersRepository {
  async count(tx: Transaction, senderId: number, recipientId: number): Promise<FirstLetters> {
    const row = await tx.row(
      FIRST_LETTERS_COLUMNS,
      `SELECT EXISTS (SELECT 1 FROM inbox i WHERE i.sender_id = $2 AND i.recipient_id = $1 AND ${IS_DELIVERED}) AS "isAnswer",
         EXISTS (SELECT 1 FROM inbox i WHERE i.sender_id = $1 AND i.recipient_id = $2 AND ${IS_DELIVERED}) AS "isKnown",
         (SELECT count(*) FROM (
           SELECT i.recipient_id FROM inbox i WHERE i.sender_id = $1 AND ${IS_DELIVERED}
           GROUP BY i.recipient_id HAVING min(i.posted_at) > ${NOW} - ${DAY}
         ) AS fresh WHERE NOT EXISTS (
           SELECT 1 FROM inbox b WHERE b.sender_id = fresh.recipient_id AND b.recipient_id = $1
         )) AS recipients,
         (SELECT count(*) FROM (
           SELECT i.sender_id FROM inbox i WHERE i.recipient_id = $2 AND ${IS_DELIVERED}
           GROUP BY i.sender_id HAVING min(i.posted_at) > ${NOW} - ${DAY}
         ) AS fresh WHERE NOT EXISTS (
           SELECT 1 FROM inbox b WHERE b.sender_id = $2 AND b.recipient_id = fresh.sender_id
         ) AND ${isBelowMember('fresh.sender_id')}) AS senders`,
      [senderId, recipientId],
    );
    if (!row) throw new Error('A query without a table returned nothing');
    return row;
  }
}
