import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { countedId, foreignKey, unixSeconds } from './columns.js';
import { MessageEntity } from './message.entity.js';
import { RoomEntity } from './room.entity.js';
import { UserEntity } from './user.entity.js';

/** A report of a message by a member. */
@Entity('reports')
@Index('reports_once_idx', ['message', 'reporter'], { unique: true })
@Index('reports_reporter_idx', ['reporter', 'reportedAt'])
@Index('reports_room_idx', ['room', 'reportedAt'])
@Index('reports_open_idx', ['room', 'message'], { where: 'settled_at IS NULL' })
export class ReportEntity {
  @PrimaryGeneratedColumn('identity', countedId('reports'))
  id!: number;

  @ManyToOne(() => RoomEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('reports', 'room_id'))
  room!: Relation<RoomEntity>;

  @ManyToOne(() => MessageEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('reports', 'message_id'))
  message!: Relation<MessageEntity>;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('reports', 'reporter_id'))
  reporter!: Relation<UserEntity>;

  @Column(unixSeconds('reported_at'))
  reportedAt!: number;

  /** How far the reporter was trusted, one of `TRUST_LEVELS`. */
  @Column('text')
  trust!: string;

  /** Whether it counts towards hiding the message: its reporter was established. */
  @Column('boolean')
  counts!: boolean;

  @Column('text', { nullable: true })
  reason!: string | null;

  @Column(unixSeconds('settled_at', { nullable: true }))
  settledAt!: number | null;

  /** One of `REPORT_OUTCOMES`; null while it is open. */
  @Column('text', { nullable: true })
  outcome!: string | null;
}

/** Somebody's words against something that was decided about them. */
@Entity('appeals')
@Index('appeals_room_idx', ['room', 'appealedAt'])
@Index('appeals_user_idx', ['user'])
@Index('appeals_message_idx', ['message'], { where: 'message_id IS NOT NULL' })
export class AppealEntity {
  @PrimaryGeneratedColumn('identity', countedId('appeals'))
  id!: number;

  @ManyToOne(() => RoomEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('appeals', 'room_id'))
  room!: Relation<RoomEntity>;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('appeals', 'user_id'))
  user!: Relation<UserEntity>;

  @Column(unixSeconds('appealed_at'))
  appealedAt!: number;

  /** How far they were trusted, one of `TRUST_LEVELS`. */
  @Column('text')
  trust!: string;

  /** One of `APPEALABLE`. */
  @Column('text')
  about!: string;

  /** The event by which staff decided; null for a held message. No reference, because events outlive people. */
  @Column('bigint', { name: 'event_id', nullable: true })
  eventId!: number | null;

  /** The message that is held, or hidden; null for an event. */
  @ManyToOne(() => MessageEntity, { onDelete: 'CASCADE', nullable: true })
  @JoinColumn(foreignKey('appeals', 'message_id'))
  message!: Relation<MessageEntity> | null;

  @Column('text')
  text!: string;

  @Column(unixSeconds('settled_at', { nullable: true }))
  settledAt!: number | null;

  /** `accepted` or `declined`; null while it is open. */
  @Column('text', { nullable: true })
  outcome!: string | null;
}
