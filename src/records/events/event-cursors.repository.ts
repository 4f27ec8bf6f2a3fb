import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { type RecordedEvent } from './event.js';
import { EVENT_COLUMNS } from './events.repository.js';
import { OLDEST_OPEN_TRANSACTION } from './transaction-number.js';

/** An event and its place in the order in which readers get events. */
interface PlacedEvent extends RecordedEvent {
  transaction: number;
}

const PLACED_EVENT_COLUMNS: Columns<PlacedEvent> = { ...EVENT_COLUMNS, transaction: column.number };

/** How far each reader of events has come. */
@Injectable()
export class EventCursorsRepository {
  constructor(private readonly database: Database) {}

  /**
   * Hands the next events to a reader, and moves its cursor behind them in the same transaction: what the reader writes
   * in that transaction takes effect once for each event. A reader's row is locked, so one process at a time reads for
   * it. A new reader gets what happens from now on, and perhaps some of what happened just before.
   *
   * Events come in the order of their transactions. An event waits until no older transaction of the database server may
   * still commit, because one of those could have recorded an event that comes before it.
   * @param reader names the cursor
   */
  async take(tx: Transaction, reader: string, limit: number): Promise<RecordedEvent[]> {
    const cursor = await tx.row(
      { transaction: column.number, eventId: column.number },
      `SELECT transaction, event_id AS "eventId" FROM event_cursors WHERE reader = $1 FOR UPDATE`,
      [reader],
    );
    if (!cursor) {
      await this.begin(tx, reader);
      return [];
    }
    const events = await tx.rows(
      PLACED_EVENT_COLUMNS,
      `SELECT id, transaction, at, actor, kind, target, room, before, after, undoes FROM events
       WHERE (transaction, id) > ($1::bigint, $2::bigint) AND transaction < (SELECT ${OLDEST_OPEN_TRANSACTION})
       ORDER BY transaction, id LIMIT $3`,
      [cursor.transaction, cursor.eventId, limit],
    );
    const last = events.at(-1);
    if (last) {
      await tx.run('UPDATE event_cursors SET transaction = $2, event_id = $3 WHERE reader = $1', [
        reader,
        last.transaction,
        last.id,
      ]);
    }
    return events;
  }

  /** How many events each reader has still to get. */
  async waiting(): Promise<{ reader: string; waiting: number }[]> {
    return this.database.rows(
      { reader: column.text, waiting: column.number },
      `SELECT reader, (SELECT count(*) FROM events e
         WHERE (e.transaction, e.id) > (c.transaction, c.event_id)) AS waiting
       FROM event_cursors c ORDER BY reader`,
    );
  }

  private async begin(tx: Transaction, reader: string): Promise<void> {
    await tx.run(
      `INSERT INTO event_cursors (reader, transaction, event_id)
       VALUES ($1, ${OLDEST_OPEN_TRANSACTION}, 0) ON CONFLICT DO NOTHING`,
      [reader],
    );
  }
}
