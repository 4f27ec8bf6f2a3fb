import {
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { countedId, foreignKey, unixSeconds } from './columns.js';
import { MessageEntity } from './message.entity.js';
import { RoomEntity } from './room.entity.js';
import { UserEntity } from './user.entity.js';

/** A question of the server to the staff of a room, which a button or a word answers. */
@Entity('cards')
@Index('cards_message_idx', ['message'], { unique: true, where: 'message_id IS NOT NULL' })
@Index('cards_subject_idx', ['room', 'kind', 'subject'], {
  unique: true,
  where: `subject IS NOT NULL AND state IN ('waiting', 'listed', 'open')`,
})
@Index('cards_room_idx', ['room', 'state'])
@Index('cards_due_idx', ['dueAt'])
export class CardEntity {
  @PrimaryGeneratedColumn('identity', countedId('cards'))
  id!: number;

  @ManyToOne(() => RoomEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('cards', 'room_id'))
  room!: Relation<RoomEntity>;

  /** The name under which its effect is registered. */
  @Column('text')
  kind!: string;

  /** The thing that it is about: of one thing there is one unanswered card of a kind. */
  @Column('text', { nullable: true })
  subject!: string | null;

  @Column('jsonb')
  argument!: object;

  @Column('text')
  text!: string;

  /** Reactions and the words for them. */
  @Column('jsonb')
  buttons!: object;

  /** Whether it is shown only after its room is guarded no longer. */
  @Column('boolean', { name: 'is_minor', default: false })
  isMinor!: boolean;

  /** The moderator who alone may see and answer it; null for all of the room. */
  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: true })
  @JoinColumn(foreignKey('cards', 'for_user_id'))
  forUser!: Relation<UserEntity> | null;

  /** One of `CARD_STATES`. */
  @Column('text')
  state!: string;

  /** The message that shows it; the remains of that message after the answer. */
  @ManyToOne(() => MessageEntity, { onDelete: 'SET NULL', nullable: true })
  @JoinColumn(foreignKey('cards', 'message_id'))
  message!: Relation<MessageEntity> | null;

  @Column(unixSeconds('made_at'))
  madeAt!: number;

  @Column(unixSeconds('shown_at', { nullable: true }))
  shownAt!: number | null;

  /** When something is to be done about it: it is shown, goes, or its effect is carried out. */
  @Column(unixSeconds('due_at'))
  dueAt!: number;

  /** The reaction that was chosen. */
  @Column('text', { nullable: true })
  answer!: string | null;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: true })
  @JoinColumn(foreignKey('cards', 'answered_by'))
  answeredBy!: Relation<UserEntity> | null;

  /** How often carrying out its effect has begun. */
  @Column('integer', { default: 0 })
  attempts!: number;

  /** A sentence that says what was done. */
  @Column('text', { nullable: true })
  result!: string | null;
}

/** A moderator whom the cards of a room mention. */
@Entity('duties')
export class DutyEntity {
  @PrimaryColumn('bigint', { name: 'room_id', primaryKeyConstraintName: 'duties_pkey' })
  roomId!: number;

  @PrimaryColumn('bigint', { name: 'user_id', primaryKeyConstraintName: 'duties_pkey' })
  userId!: number;

  @ManyToOne(() => RoomEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('duties', 'room_id'))
  room!: Relation<RoomEntity>;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('duties', 'user_id'))
  user!: Relation<UserEntity>;

  @Column(unixSeconds('since'))
  since!: number;
}
