import {
  Check,
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
import { ROOM_STATES, type RoomState } from '../defence/room-state.js';
import { countedId, foreignKey, unixSeconds } from './columns.js';
import { MessageEntity } from './message.entity.js';
import { RoomEntity } from './room.entity.js';
import { UserEntity } from './user.entity.js';

/** Somebody who has published something in a room, and how far they are trusted for it. */
@Entity('trust')
@Index('trust_user_idx', ['userId'])
@Index('trust_waiting_idx', ['roomId', 'firstAt'], {
  where: 'member_since IS NULL AND posts >= 3 AND days >= 2',
})
@Index('trust_member_since_idx', ['roomId', 'memberSince'], { where: 'member_since IS NOT NULL' })
export class TrustEntity {
  @PrimaryColumn('bigint', { name: 'room_id', primaryKeyConstraintName: 'trust_pkey' })
  roomId!: number;

  @PrimaryColumn('bigint', { name: 'user_id', primaryKeyConstraintName: 'trust_pkey' })
  userId!: number;

  @ManyToOne(() => RoomEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('trust', 'room_id'))
  room!: Relation<RoomEntity>;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('trust', 'user_id'))
  user!: Relation<UserEntity>;

  @Column(unixSeconds('first_at'))
  firstAt!: number;

  /** How many posts were published since they count; those that their author deleted later are among them. */
  @Column('integer')
  posts!: number;

  /** On how many days (UTC) that was. */
  @Column('integer')
  days!: number;

  /** The last of these days, counted from 1970. */
  @Column('integer', { name: 'last_day' })
  lastDay!: number;

  @Column(unixSeconds('member_since', { nullable: true }))
  memberSince!: number | null;

  @Column(unixSeconds('regular_since', { nullable: true }))
  regularSince!: number | null;
}

/** A raid on a room, or what looked like one. */
@Entity('incidents')
@Index('incidents_room_idx', ['room', 'id'])
export class IncidentEntity {
  @PrimaryGeneratedColumn('identity', countedId('incidents'))
  id!: number;

  @ManyToOne(() => RoomEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('incidents', 'room_id'))
  room!: Relation<RoomEntity>;

  /** Where the window began in which too much happened: first posts since then set it off. */
  @Column(unixSeconds('began_at'))
  beganAt!: number;

  @Column(unixSeconds('started_at'))
  startedAt!: number;

  @Column(unixSeconds('ended_at', { nullable: true }))
  endedAt!: number | null;

  @Column('text')
  cause!: string;

  @Column('boolean', { name: 'is_banned', default: false })
  isBanned!: boolean;

  @Column('boolean', { name: 'is_undone', default: false })
  isUndone!: boolean;

  /** How many cards and digests its moderators have got. */
  @Column('integer', { default: 0 })
  told!: number;
}

const TIMES = { array: true, default: [] } as const;

/** The state of a room's defence, and when strangers and newcomers did things together: whole unix seconds, oldest first. */
@Entity('room_defences')
@Index('room_defences_incident_idx', ['incident'], { where: 'incident_id IS NOT NULL' })
export class RoomDefenceEntity {
  @PrimaryColumn('bigint', { name: 'room_id', primaryKeyConstraintName: 'room_defences_pkey' })
  roomId!: number;

  @OneToOne(() => RoomEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('room_defences', 'room_id'))
  room!: Relation<RoomEntity>;

  @Column('enum', { enum: ROOM_STATES, enumName: 'defence_state', default: 'calm' })
  state!: RoomState;

  @Column(unixSeconds('since'))
  since!: number;

  /** When the state ends by itself; null for one that ends by what happens. */
  @Column(unixSeconds('until', { nullable: true }))
  until!: number | null;

  /** Whether staff has set the state. */
  @Column('boolean', { name: 'is_forced', default: false })
  isForced!: boolean;

  @ManyToOne(() => IncidentEntity, { onDelete: 'SET NULL', nullable: true })
  @JoinColumn(foreignKey('room_defences', 'incident_id'))
  incident!: Relation<IncidentEntity> | null;

  /** How many more strangers staff expects. */
  @Column('integer', { default: 0 })
  expected!: number;

  @Column(unixSeconds('expected_until', { nullable: true }))
  expectedUntil!: number | null;

  @Column('integer', { ...TIMES, name: 'first_posts' })
  firstPosts!: number[];

  @Column('integer', { ...TIMES, name: 'newcomer_posts' })
  newcomerPosts!: number[];

  /** Posts of members who are that for less than two weeks. */
  @Column('integer', { ...TIMES, name: 'young_posts' })
  youngPosts!: number[];

  @Column('integer', TIMES)
  attempts!: number[];

  @Column('integer', { ...TIMES, name: 'stranger_reactions' })
  strangerReactions!: number[];

  @Column('integer', TIMES)
  solved!: number[];

  @Column('integer', { ...TIMES, name: 'right_answers' })
  rightAnswers!: number[];

  @Column('integer', { ...TIMES, name: 'wrong_answers' })
  wrongAnswers!: number[];

  /** The day (UTC), counted from 1970, that `busiest` is about. */
  @Column('integer', { default: 0 })
  day!: number;

  /** The most that each window has held on that day. */
  @Column('jsonb', { default: {} })
  busiest!: object;
}

/** The fingerprint of the name under which one of the staff has written last. */
@Entity('staff_names')
@Index('staff_names_name_idx', ['name'])
export class StaffNameEntity {
  @PrimaryColumn('bigint', { name: 'user_id', primaryKeyConstraintName: 'staff_names_pkey' })
  userId!: number;

  @OneToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('staff_names', 'user_id'))
  user!: Relation<UserEntity>;

  @Column('bigint')
  name!: number;
}

/** Times at which strangers and newcomers published something, in all rooms together, in one row. */
@Entity('server_defence')
@Check('server_defence_has_one_row', 'only_row')
export class ServerDefenceEntity {
  @PrimaryColumn('boolean', {
    name: 'only_row',
    default: true,
    primaryKeyConstraintName: 'server_defence_pkey',
  })
  onlyRow!: boolean;

  @Column('integer', { ...TIMES, name: 'first_posts' })
  firstPosts!: number[];

  @Column('integer', { ...TIMES, name: 'newcomer_posts' })
  newcomerPosts!: number[];

  @Column('integer', { ...TIMES, name: 'young_posts' })
  youngPosts!: number[];
}

/** The busiest windows of a day that is over, in a room. */
@Entity('busy_days')
export class BusyDayEntity {
  @PrimaryColumn('bigint', { name: 'room_id', primaryKeyConstraintName: 'busy_days_pkey' })
  roomId!: number;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'busy_days_pkey' })
  day!: number;

  @ManyToOne(() => RoomEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('busy_days', 'room_id'))
  room!: Relation<RoomEntity>;

  @Column('jsonb')
  busiest!: object;
}

/** An edit of a published message that waits for a moderator, or has been rejected. */
@Entity('held_edits')
export class HeldEditEntity {
  @PrimaryColumn('bigint', { name: 'message_id', primaryKeyConstraintName: 'held_edits_pkey' })
  messageId!: number;

  @OneToOne(() => MessageEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('held_edits', 'message_id'))
  message!: Relation<MessageEntity>;

  @Column(unixSeconds('held_at'))
  heldAt!: number;

  @Column('text', { name: 'held_for' })
  heldFor!: string;

  /** When it was rejected; null while it waits. */
  @Column(unixSeconds('rejected_at', { nullable: true }))
  rejectedAt!: number | null;

  @Column('bytea')
  data!: Buffer;

  @Column('integer', { name: 'padded_size' })
  paddedSize!: number;

  @Column('bytea')
  signature!: Buffer;

  /** The rule that holds it. No reference, so that a rule can go. */
  @Column('bigint', { name: 'rule_id', nullable: true })
  ruleId!: number | null;
}

/** The question that somebody answers to have their held posts published in a room. */
@Entity('challenges')
@Index('challenges_user_idx', ['userId'])
@Index('challenges_card_idx', ['card'], { unique: true, where: 'card_id IS NOT NULL' })
@Index('challenges_due_idx', ['dueAt'])
export class ChallengeEntity {
  @PrimaryColumn('bigint', { name: 'room_id', primaryKeyConstraintName: 'challenges_pkey' })
  roomId!: number;

  @PrimaryColumn('bigint', { name: 'user_id', primaryKeyConstraintName: 'challenges_pkey' })
  userId!: number;

  @ManyToOne(() => RoomEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('challenges', 'room_id'))
  room!: Relation<RoomEntity>;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('challenges', 'user_id'))
  user!: Relation<UserEntity>;

  /** One of `CHALLENGE_STATES`. */
  @Column('text')
  state!: string;

  @Column('integer')
  level!: number;

  @Column('jsonb', { nullable: true })
  question!: object | null;

  /** The whisper that asks it. */
  @ManyToOne(() => MessageEntity, { onDelete: 'SET NULL', nullable: true })
  @JoinColumn(foreignKey('challenges', 'card_id'))
  card!: Relation<MessageEntity> | null;

  @Column(unixSeconds('made_at'))
  madeAt!: number;

  /** When its reader got it first. */
  @Column(unixSeconds('read_at', { nullable: true }))
  readAt!: number | null;

  @Column('integer', { name: 'wrong_tries', default: 0 })
  wrongTries!: number;

  /** When something is to be done about it: a new question, another look at the budget, or the end. */
  @Column(unixSeconds('due_at'))
  dueAt!: number;

  /** Whether they have been told why a message waits for a moderator. */
  @Column('boolean', { name: 'is_explained', default: false })
  isExplained!: boolean;
}
