import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type DatabaseReader, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { WebhookEntity } from '../entities/webhook.entity.js';
import { NOTICE_KINDS, type NoticeKind, type Receiver, type Webhook, WEBHOOK_FORMS } from './notice.js';

/** A webhook that is to be. */
export interface NewWebhook extends Omit<Receiver, 'id'> {
  /** Id; null for every room. */
  readonly roomId: number | null;
  readonly kinds: readonly NoticeKind[];
}

const WEBHOOK_COLUMNS: Columns<Webhook> = {
  room: column.text.orNull,
  kinds: column.list(column.oneOf(NOTICE_KINDS)),
  createdAt: column.number,
  disabledAt: column.number.orNull,
  delivered: column.number,
  lost: column.number,
  waiting: column.number,
  deliveredAt: column.number.orNull,
  failedAt: column.number.orNull,
  failure: column.text.orNull,
  url: column.text,
  id: column.number,
  form: column.oneOf(WEBHOOK_FORMS),
};

const RECEIVER_COLUMNS: Columns<Receiver> = {
  id: column.number,
  url: column.text,
  form: column.oneOf(WEBHOOK_FORMS),
  secret: column.text.orNull,
};

/** The table of webhooks. */
@Injectable()
export class WebhooksRepository {
  constructor(private readonly database: Database) {}

  /** All of them, by id. */
  async all(reader: DatabaseReader = this.database): Promise<Webhook[]> {
    return reader.rows(
      WEBHOOK_COLUMNS,
      `SELECT w.id, w.url, w.form, r.token AS room, w.kinds, w.created_at AS "createdAt", w.disabled_at AS "disabledAt",
         w.delivered, w.lost, (SELECT count(*) FROM webhook_deliveries d WHERE d.webhook_id = w.id) AS waiting,
         w.delivered_at AS "deliveredAt", w.failed_at AS "failedAt", w.failure
       FROM webhooks w LEFT JOIN rooms r ON r.id = w.room_id ORDER BY w.id`,
    );
  }

  /** The receiver of a webhook, a disabled one's, too. */
  async receiver(id: number): Promise<Receiver | undefined> {
    return this.database.row(RECEIVER_COLUMNS, 'SELECT id, url, form, secret FROM webhooks WHERE id = $1', [
      id,
    ]);
  }

  /**
   * Adds one, unless there are so many already.
   * @returns its id; undefined when there are too many
   */
  async add(
    tx: Transaction,
    { url, form, secret, roomId, kinds }: NewWebhook,
    most: number,
  ): Promise<number | undefined> {
    // One at a time, so that two do not each see room for one more.
    await tx.run('LOCK TABLE webhooks IN SHARE ROW EXCLUSIVE MODE');
    const row = await tx.row(
      { id: column.number },
      `INSERT INTO webhooks (url, form, secret, room_id, kinds, created_at)
       SELECT $1, $2, $3, $4, $5, ${NOW} WHERE (SELECT count(*) FROM webhooks) < $6 RETURNING id`,
      [url, form, secret, roomId, kinds, most],
    );
    return row?.id;
  }

  /** Removes one with all that it has still to get; returns it, unless there is none. */
  async remove(tx: Transaction, id: number): Promise<Pick<WebhookEntity, 'url' | 'form'> | undefined> {
    return tx.row(
      { url: column.text, form: column.text },
      'DELETE FROM webhooks WHERE id = $1 RETURNING url, form',
      [id],
    );
  }

  /** Notes that a receiver took a notice. */
  async noteDelivered(tx: Transaction, id: number): Promise<void> {
    await tx.run(`UPDATE webhooks SET delivered = delivered + 1, delivered_at = ${NOW} WHERE id = $1`, [id]);
  }

  /** Notes that an attempt failed, and whether the notice is lost by that. */
  async noteFailed(tx: Transaction, id: number, failure: string, isLost: boolean): Promise<void> {
    await tx.run(
      `UPDATE webhooks SET failed_at = ${NOW}, failure = $2, lost = lost + $3::integer WHERE id = $1`,
      [id, failure, isLost ? 1 : 0],
    );
  }

  /** Tells a receiver nothing any more, and drops all that it has still to get. */
  async disable(tx: Transaction, id: number, failure: string): Promise<void> {
    await tx.run(
      `WITH dropped AS (DELETE FROM webhook_deliveries WHERE webhook_id = $1 RETURNING 1)
       UPDATE webhooks SET disabled_at = ${NOW}, failed_at = ${NOW}, failure = $2,
         lost = lost + (SELECT count(*)::integer FROM dropped)
       WHERE id = $1`,
      [id, failure],
    );
  }
}
