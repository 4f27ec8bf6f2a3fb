import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { EventEntity } from '../entities/event.entity.js';
import { type Event, type EventFilter, type RecordedEvent } from './event.js';
import { THIS_TRANSACTION } from './transaction-number.js';

/** The columns of an event as it was recorded. */
export const EVENT_COLUMNS: Columns<RecordedEvent> = {
  id: column.number,
  at: column.number,
  actor: column.text,
  kind: column.text,
  target: column.text.orNull,
  room: column.text.orNull,
  before: column.anyObject.orNull,
  after: column.anyObject.orNull,
  undoes: column.number.orNull,
};

/** The table of what happened. */
@Injectable()
export class EventsRepository {
  constructor(private readonly database: Database) {}

  /**
   * Forgets events that are older than so many seconds.
   * @returns how many, `limit` at most
   */
  async prune(tx: Transaction, seconds: number, limit: number): Promise<number> {
    return tx.run(
      `DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at < ${NOW} - $1::float8 ORDER BY at LIMIT $2)`,
      [seconds, limit],
    );
  }

  /** Records an event in the transaction that causes it: there is never one without the other. */
  async record(tx: Transaction, event: Event): Promise<void> {
    await tx
      .repository(EventEntity)
      .createQueryBuilder()
      .insert()
      .updateEntity(false)
      .values({ ...event, at: () => NOW, transaction: () => THIS_TRANSACTION })
      .execute();
  }

  /**
   * An event that is about to be taken back; whoever takes it back at the same time waits for the end of the transaction.
   * @returns undefined when there is none
   */
  async findToUndo(
    tx: Transaction,
    id: number,
  ): Promise<(RecordedEvent & { isUndone: boolean }) | undefined> {
    const locked = await tx.run('SELECT 1 FROM events WHERE id = $1 FOR NO KEY UPDATE', [id]);
    if (locked === 0) return undefined;
    return tx.row(
      { ...EVENT_COLUMNS, isUndone: column.boolean },
      `SELECT id, at, actor, kind, target, room, before, after, undoes,
         EXISTS (SELECT 1 FROM events u WHERE u.undoes = e.id) AS "isUndone"
       FROM events e WHERE id = $1`,
      [id],
    );
  }

  /** One event; undefined when there is none. */
  async get(id: number): Promise<RecordedEvent | undefined> {
    const event = await this.database.read((repositories) =>
      repositories.repository(EventEntity).findOneBy({ id }),
    );
    return event ?? undefined;
  }

  /** Ids of the events that a transaction has recorded so far. */
  async ofThis(tx: Transaction): Promise<number[]> {
    const rows = await tx.rows(
      { id: column.number },
      `SELECT id FROM events WHERE transaction = ${THIS_TRANSACTION} ORDER BY id`,
    );
    return rows.map(({ id }) => id);
  }

  /** The newest events that match, oldest first. */
  async find({ room, here, actors, targets, kind, since, limit }: EventFilter): Promise<RecordedEvent[]> {
    const newestFirst = await this.database.read((repositories) => {
      const query = repositories.repository(EventEntity).createQueryBuilder('event');
      if (room !== undefined) query.andWhere('lower(event.room) = lower(:room)', { room });
      if (here !== undefined) {
        query.andWhere('(event.room IS NULL OR lower(event.room) = lower(:here))', { here });
      }
      if (actors) query.andWhere('event.actor = ANY (:actors)', { actors });
      if (targets) query.andWhere('event.target = ANY (:targets)', { targets });
      if (kind !== undefined) query.andWhere('event.kind = :kind', { kind });
      if (since !== undefined) query.andWhere('event.at >= :since', { since });
      return query.orderBy('event.id', 'DESC').limit(limit).getMany();
    });
    return newestFirst.reverse();
  }
}
