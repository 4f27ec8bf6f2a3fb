import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { type Mailbox, type DirectMessage } from './direct-message.js';

/** Ids of the newest messages that a user can read; 0 where there is none. */
export interface NewestIds {
  readonly inbox: number;
  readonly outbox: number;
}

/** How many direct messages a user has sent. */
export interface SentMessages {
  /** Within the last hour. */
  lastHour: number;
  /** Different people whom these went to. */
  recipients: number;
  /** Whether the recipient in question is one of them. */
  isRecipient: boolean;
  /** Seconds after which the oldest of them is an hour old. */
  secondsLeft: number;
  /** To the recipient in question, since that one last wrote to the user. */
  unanswered: number;
}

/** The newest ids of nearly everyone. One object for all of them saves memory in a cache of thousands. */
const NO_MESSAGES: NewestIds = { inbox: 0, outbox: 0 };

/** Bytes of messages in a page, a third less than they have in base64. */
const MAX_PAGE_BYTES = 1_500_000;

/** In SQL: whose box a message lies in. */
const OWNER: Readonly<Record<Mailbox, string>> = { inbox: 'recipient_id', outbox: 'sender_id' };

function newestId(box: Mailbox): string {
  return `coalesce((
    SELECT id FROM inbox WHERE ${OWNER[box]} = $1 AND expires_at > ${NOW} ORDER BY id DESC LIMIT 1
  ), 0)`;
}

const NEWEST_IDS_COLUMNS: Columns<NewestIds> = { inbox: column.number, outbox: column.number };

const DIRECT_MESSAGE_COLUMNS: Columns<DirectMessage> = {
  body: column.bytes,
  id: column.number,
  postedAt: column.number,
  expiresAt: column.number,
  sender: column.text,
  recipient: column.text,
};

const SENT_MESSAGES_COLUMNS: Columns<SentMessages> = {
  lastHour: column.number,
  recipients: column.number,
  isRecipient: column.boolean,
  secondsLeft: column.number,
  unanswered: column.number,
};

/** The table of direct messages. One that has expired is not there for anyone, removed or not. */
@Injectable()
export class InboxRepository {
  constructor(private readonly database: Database) {}

  /** Where a user's boxes end. */
  async newest(userId: number): Promise<NewestIds> {
    const row = await this.database.row(
      NEWEST_IDS_COLUMNS,
      `SELECT ${newestId('inbox')} AS inbox, ${newestId('outbox')} AS outbox`,
      [userId],
    );
    if (!row) throw new Error('A query without a table returned nothing');
    return row.inbox === 0 && row.outbox === 0 ? NO_MESSAGES : row;
  }

  /**
   * The oldest messages of a user's box with an id above `since`, oldest first: one at least, and no more than fit into
   * {@link MAX_PAGE_BYTES}. A client that reads on from the last one misses nothing.
   */
  async page(box: Mailbox, userId: number, since: number, limit: number): Promise<DirectMessage[]> {
    return this.database.rows(
      DIRECT_MESSAGE_COLUMNS,
      `SELECT m.id, m.posted_at AS "postedAt", m.expires_at AS "expiresAt", m.body,
         sender.session_id AS sender, recipient.session_id AS recipient
       FROM (
         SELECT id, sum(size) OVER by_id AS total, row_number() OVER by_id AS place
         FROM (
           SELECT id, octet_length(body)::bigint AS size FROM inbox
           WHERE ${OWNER[box]} = $1 AND id > $2 AND expires_at > ${NOW}
           ORDER BY id LIMIT $3
         ) AS sized
         WINDOW by_id AS (ORDER BY id ROWS UNBOUNDED PRECEDING)
       ) AS page
         JOIN inbox m ON m.id = page.id
         JOIN users sender ON sender.id = m.sender_id
         JOIN users recipient ON recipient.id = m.recipient_id
       WHERE page.total <= $4 OR page.place = 1
       ORDER BY m.id`,
      [userId, since, limit, MAX_PAGE_BYTES],
    );
  }

  /** Counts the messages of a sender that the caps go by; read while both users are locked. */
  async sentBy(tx: Transaction, senderId: number, recipientId: number): Promise<SentMessages> {
    const row = await tx.row(
      SENT_MESSAGES_COLUMNS,
      `SELECT count(*) AS "lastHour", count(DISTINCT recipient_id) AS recipients,
         count(*) FILTER (WHERE recipient_id = $2) > 0 AS "isRecipient",
         coalesce(min(posted_at) + 3600 - ${NOW}, 0) AS "secondsLeft",
         (SELECT count(*) FROM inbox
          WHERE recipient_id = $2 AND sender_id = $1 AND expires_at > ${NOW}
            AND id > coalesce((SELECT max(id) FROM inbox WHERE recipient_id = $1 AND sender_id = $2), 0)) AS unanswered
       FROM inbox WHERE sender_id = $1 AND posted_at > ${NOW} - 3600`,
      [senderId, recipientId],
    );
    if (!row) throw new Error('An aggregate returned nothing');
    return row;
  }

  /** Writes a message between two users whom the transaction has locked. `lifetime` in seconds. */
  async insert(
    tx: Transaction,
    message: { recipientId: number; senderId: number; body: Buffer; lifetime: number },
  ): Promise<{ id: number; postedAt: number; expiresAt: number }> {
    const row = await tx.row(
      { id: column.number, postedAt: column.number, expiresAt: column.number },
      `INSERT INTO inbox (recipient_id, sender_id, body, posted_at, expires_at)
       SELECT $1, $2, $3, now, now + $4 FROM (SELECT ${NOW} AS now) AS clock
       RETURNING id, posted_at AS "postedAt", expires_at AS "expiresAt"`,
      [message.recipientId, message.senderId, message.body, message.lifetime],
    );
    if (!row) throw new Error('An insert returned nothing');
    return row;
  }

  /**
   * Deletes what a user received.
   * @returns the ids of the senders, once for each message
   */
  async deleteReceived(tx: Transaction, userId: number): Promise<number[]> {
    const rows = await tx.rows(
      { senderId: column.number },
      `DELETE FROM inbox WHERE recipient_id = $1 AND expires_at > ${NOW} RETURNING sender_id AS "senderId"`,
      [userId],
    );
    return rows.map((row) => row.senderId);
  }

  /**
   * Deletes what people sent, read or not.
   * @returns the ids of the recipients, once for each message
   */
  async deleteSent(tx: Transaction, senderIds: readonly number[]): Promise<number[]> {
    const rows = await tx.rows(
      { recipientId: column.number },
      `DELETE FROM inbox WHERE sender_id = ANY ($1) RETURNING recipient_id AS "recipientId"`,
      [senderIds],
    );
    return rows.map((row) => row.recipientId);
  }

  /** How many messages of these people there are. */
  async countSent(senderIds: readonly number[]): Promise<number> {
    const row = await this.database.row(
      { count: column.number },
      'SELECT count(*) AS count FROM inbox WHERE sender_id = ANY ($1)',
      [senderIds],
    );
    return row?.count ?? 0;
  }

  /** Removes up to `limit` messages that have expired; returns how many. */
  async removeExpired(tx: Transaction, limit: number): Promise<number> {
    return tx.run(
      `DELETE FROM inbox WHERE id IN (
         SELECT id FROM inbox WHERE expires_at <= ${NOW} ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED
       )`,
      [limit],
    );
  }
}
