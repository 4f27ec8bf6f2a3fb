import { Column, Entity, Index, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import { countedId, unixSeconds } from './columns.js';

/** Something that happened. Text instead of references, because events outlive rooms and users. */
@Entity('events')
@Index('events_at_idx', ['at'])
@Index('events_target_idx', ['target'])
@Index('events_actor_idx', ['actor'])
@Index('events_undoes_idx', ['undoes'], { unique: true, where: 'undoes IS NOT NULL' })
@Index('events_transaction_idx', ['transaction', 'id'])
export class EventEntity {
  @PrimaryGeneratedColumn('identity', countedId('events'))
  id!: number;

  /** Number of the transaction that caused it. */
  @Column('bigint')
  transaction!: number;

  @Column(unixSeconds('at'))
  at!: number;

  /** A Session ID, or `plaza` for the command line and the clock. */
  @Column('text')
  actor!: string;

  @Column('text')
  kind!: string;

  /** The Session ID acted upon, or the id of a message, where there is one. */
  @Column('text', { nullable: true })
  target!: string | null;

  /** Room token; null for the whole server. */
  @Column('text', { nullable: true })
  room!: string | null;

  @Column('jsonb', { nullable: true })
  before!: object | null;

  @Column('jsonb', { nullable: true })
  after!: object | null;

  /** The event that this one takes back. */
  @Column('bigint', { nullable: true })
  undoes!: number | null;
}

/** The last event that a reader has dealt with. */
@Entity('event_cursors')
export class EventCursorEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'event_cursors_pkey' })
  reader!: string;

  @Column('bigint')
  transaction!: number;

  @Column('bigint', { name: 'event_id' })
  eventId!: number;
}
