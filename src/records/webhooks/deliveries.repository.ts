import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { type Notice, noticeSchema, type Receiver, receiverSchema } from './notice.js';

/** Notices that may wait for one webhook. */
export const MOST_WAITING = 1_000;

/** An attempt to deliver a notice that this process has taken upon itself. */
export interface DeliveryAttempt {
  /** The delivery's id, which is the same for all attempts. */
  readonly id: string;
  readonly notice: Notice;
  /** Its place among the attempts, from 1. */
  readonly number: number;
  readonly receiver: Receiver;
}

/** Messages that wait for a moderator of a room. */
export interface HeldInRoom {
  token: string;
  name: string;
  waiting: number;
  /** Unix seconds: when they were counted. */
  at: number;
}

const ATTEMPT_COLUMNS: Columns<DeliveryAttempt> = {
  id: column.text,
  notice: column.json(noticeSchema),
  number: column.number,
  receiver: column.json(receiverSchema),
};

const HELD_IN_ROOM_COLUMNS: Columns<HeldInRoom> = {
  token: column.text,
  name: column.text,
  waiting: column.number,
  at: column.number,
};

/** The notices that webhooks have still to get. */
@Injectable()
export class DeliveriesRepository {
  constructor(private readonly database: Database) {}

  /**
   * Has a notice delivered to every webhook that wants it: of its kind, in its room, and made after the webhook. A webhook
   * for which too much waits already loses it.
   */
  async add(tx: Transaction, notice: Notice): Promise<void> {
    await tx.run(
      `WITH wanting AS (
         SELECT w.id, (SELECT count(*) FROM webhook_deliveries d WHERE d.webhook_id = w.id) < $5 AS "hasRoom"
         FROM webhooks w LEFT JOIN rooms r ON r.id = w.room_id
         WHERE w.disabled_at IS NULL AND $2 = ANY (w.kinds) AND w.created_at <= $4
           AND (r.id IS NULL OR lower(r.token) = lower($3))
       ), full_ones AS (
         UPDATE webhooks w SET lost = lost + 1 FROM wanting WHERE w.id = wanting.id AND NOT "hasRoom"
       )
       INSERT INTO webhook_deliveries (id, webhook_id, notice, made_at, due_at)
       SELECT gen_random_uuid(), id, $1::jsonb, ${NOW}, ${NOW} FROM wanting WHERE "hasRoom"`,
      [JSON.stringify(notice), notice.kind, notice.room, notice.at, MOST_WAITING],
    );
  }

  /** Ids of the webhooks that have something due. */
  async webhooksWithDue(): Promise<number[]> {
    const rows = await this.database.rows(
      { id: column.number },
      `SELECT w.id FROM webhooks w
       WHERE w.disabled_at IS NULL AND EXISTS (
         SELECT 1 FROM webhook_deliveries d WHERE d.webhook_id = w.id AND d.due_at <= ${NOW})
       ORDER BY w.id`,
    );
    return rows.map(({ id }) => id);
  }

  /**
   * Takes the next delivery of a webhook that is due, unless another process has. It is due again after `lease` seconds,
   * should this process be lost before it settles it.
   */
  async take(tx: Transaction, webhookId: number, lease: number): Promise<DeliveryAttempt | undefined> {
    return tx.row(
      ATTEMPT_COLUMNS,
      `WITH due AS (
         SELECT id FROM webhook_deliveries WHERE webhook_id = $1 AND due_at <= ${NOW}
         ORDER BY due_at, made_at LIMIT 1 FOR UPDATE SKIP LOCKED
       )
       UPDATE webhook_deliveries d SET attempts = attempts + 1, due_at = ${NOW} + $2
       FROM due, webhooks w WHERE d.id = due.id AND w.id = d.webhook_id
       RETURNING d.id, d.notice, d.attempts AS number,
         jsonb_build_object('id', w.id, 'url', w.url, 'form', w.form, 'secret', w.secret) AS receiver`,
      [webhookId, lease],
    );
  }

  /** Removes a delivery after its last attempt. @returns whether this was still the one under way */
  async finish(tx: Transaction, { id, number }: DeliveryAttempt): Promise<boolean> {
    const removed = await tx.run('DELETE FROM webhook_deliveries WHERE id = $1 AND attempts = $2', [
      id,
      number,
    ]);
    return removed === 1;
  }

  /** Has a delivery attempted again after so many seconds. @returns whether this was still the one under way */
  async postpone(tx: Transaction, { id, number }: DeliveryAttempt, seconds: number): Promise<boolean> {
    const changed = await tx.run(
      `UPDATE webhook_deliveries SET due_at = ${NOW} + $3 WHERE id = $1 AND attempts = $2`,
      [id, number, seconds],
    );
    return changed === 1;
  }

  /**
   * Rooms whose moderators have messages or edits waiting that no notice was about yet, and that a webhook wants to know
   * of: those that are not guarded, once in `pause` seconds each. A message that has been held for less than
   * `settles` seconds does not count, because its author may answer a challenge meanwhile, and neither do posts of people who are muted.
   * The notice is noted: what the caller writes in this transaction is the only one.
   */
  async takeHeld(
    tx: Transaction,
    { settles, pause }: { settles: number; pause: number },
  ): Promise<HeldInRoom[]> {
    return tx.rows(
      HELD_IN_ROOM_COLUMNS,
      `WITH held AS (
         SELECT room_id, posted_at AS at FROM messages
         WHERE state = 'held' AND data IS NOT NULL AND held_for IS DISTINCT FROM 'muted'
           AND posted_at <= ${NOW} - $1
         UNION ALL
         SELECT m.room_id, e.held_at FROM held_edits e JOIN messages m ON m.id = e.message_id
         WHERE e.rejected_at IS NULL AND e.held_at <= ${NOW} - $1
       ), rooms_with_held AS (
         SELECT room_id, count(*) AS waiting, max(at) AS latest FROM held
         WHERE EXISTS (SELECT 1 FROM webhooks WHERE disabled_at IS NULL AND 'message.held' = ANY (kinds)
           AND coalesce(webhooks.room_id, held.room_id) = held.room_id)
         GROUP BY room_id
       ), told AS (
         INSERT INTO held_notices AS n (room_id, told_at, held_until)
         SELECT h.room_id, ${NOW}, h.latest FROM rooms_with_held h LEFT JOIN room_defences d ON d.room_id = h.room_id
         WHERE d.state IS DISTINCT FROM 'guarded'
         ORDER BY h.room_id
         ON CONFLICT (room_id) DO UPDATE SET told_at = excluded.told_at, held_until = excluded.held_until
           WHERE n.told_at <= ${NOW} - $2 AND n.held_until < excluded.held_until
         RETURNING room_id
       )
       SELECT r.token, r.name, h.waiting, ${NOW} AS at
       FROM told JOIN rooms_with_held h USING (room_id) JOIN rooms r ON r.id = told.room_id
       ORDER BY r.id`,
      [settles, pause],
    );
  }
}
