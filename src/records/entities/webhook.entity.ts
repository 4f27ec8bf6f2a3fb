import {
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  OneToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { countedId, foreignKey, unixSeconds } from './columns.js';
import { RoomEntity } from './room.entity.js';

/** An address outside that is told what happens. */
@Entity('webhooks')
@Index('webhooks_room_idx', ['room'])
export class WebhookEntity {
  @PrimaryGeneratedColumn('identity', countedId('webhooks'))
  id!: number;

  @Column('text')
  url!: string;

  /** One of `WEBHOOK_FORMS`. */
  @Column('text')
  form!: string;

  /** The key of its signatures as its receiver has it; null for a form without. */
  @Column('text', { nullable: true })
  secret!: string | null;

  /** Null: every room. */
  @ManyToOne(() => RoomEntity, { onDelete: 'CASCADE', nullable: true })
  @JoinColumn(foreignKey('webhooks', 'room_id'))
  room!: Relation<RoomEntity> | null;

  /** Some of `NOTICE_KINDS`. */
  @Column('text', { array: true })
  kinds!: string[];

  @Column(unixSeconds('created_at'))
  createdAt!: number;

  /** When its receiver said that it wants no more; null while it is told. */
  @Column(unixSeconds('disabled_at', { nullable: true }))
  disabledAt!: number | null;

  /** How many notices it has got. */
  @Column('integer', { default: 0 })
  delivered!: number;

  /** How many it never got: the last attempt failed, or too many waited. */
  @Column('integer', { default: 0 })
  lost!: number;

  @Column(unixSeconds('delivered_at', { nullable: true }))
  deliveredAt!: number | null;

  @Column(unixSeconds('failed_at', { nullable: true }))
  failedAt!: number | null;

  /** Why the last failed attempt did. */
  @Column('text', { nullable: true })
  failure!: string | null;
}

/** A notice that a webhook has still to get. */
@Entity('webhook_deliveries')
@Index('webhook_deliveries_due_idx', ['webhook', 'dueAt'])
export class WebhookDeliveryEntity {
  /** Receivers know repeats by it. At random, because a restored database must not use one again. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'webhook_deliveries_pkey' })
  id!: string;

  @ManyToOne(() => WebhookEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('webhook_deliveries', 'webhook_id'))
  webhook!: Relation<WebhookEntity>;

  @Column('jsonb')
  notice!: object;

  @Column(unixSeconds('made_at'))
  madeAt!: number;

  /** When the next attempt may begin. While one is under way, that is when it counts as lost. */
  @Column(unixSeconds('due_at'))
  dueAt!: number;

  /** Attempts that have begun. */
  @Column('integer', { default: 0 })
  attempts!: number;
}

/** The last notice about messages that wait for a moderator of a room. */
@Entity('held_notices')
export class HeldNoticeEntity {
  @PrimaryColumn('bigint', { name: 'room_id', primaryKeyConstraintName: 'held_notices_pkey' })
  roomId!: number;

  @OneToOne(() => RoomEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('held_notices', 'room_id'))
  room!: Relation<RoomEntity>;

  @Column(unixSeconds('told_at'))
  toldAt!: number;

  /** It was about what had been held until then. */
  @Column(unixSeconds('held_until'))
  heldUntil!: number;
}
