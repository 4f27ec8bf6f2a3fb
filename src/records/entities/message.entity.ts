import {
  Check,
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { MESSAGE_STATES, type MessageState } from '../messages/message-state.js';
import { countedId, foreignKey, unixSeconds } from './columns.js';
import { RoomEntity } from './room.entity.js';
import { UserEntity } from './user.entity.js';

/** A post. `data`, `paddedSize` and `signature` are null together once it is deleted or withdrawn. */
@Entity('messages')
@Index('messages_room_seqno_data_idx', ['room', 'seqnoData'])
@Index('messages_room_reactions_idx', ['room', 'seqnoReactions'], { where: 'seqno_reactions > seqno_data' })
@Index('messages_room_not_for_all_idx', ['room', 'seqno'], {
  where: `whisper_to IS NOT NULL OR whisper_mods OR state IN ('held', 'unseen')`,
})
@Index('messages_room_live_idx', ['room', 'id'], { where: 'data IS NOT NULL' })
@Index('messages_room_deleted_idx', ['room', 'seqnoData'], { where: 'data IS NULL' })
@Index('messages_room_user_posted_idx', ['room', 'user', 'postedAt'])
@Index('messages_user_idx', ['user'])
@Index('messages_held_idx', ['room', 'user'], { where: `state = 'held'` })
@Index('messages_incident_idx', ['incidentId'], { where: 'incident_id IS NOT NULL' })
@Index('messages_likeness_idx', ['room', 'postedAt'], { where: 'likeness IS NOT NULL' })
@Index('messages_digest_idx', ['digest'], { where: 'digest IS NOT NULL' })
@Index('messages_nonce_idx', ['nonce'], { unique: true, where: 'nonce IS NOT NULL' })
@Index('messages_whisper_to_idx', ['whisperTo'], { where: 'whisper_to IS NOT NULL' })
@Check('messages_seqno_is_latest', 'seqno = GREATEST(seqno_data, seqno_reactions)')
@Check('messages_deleted_or_signed', 'num_nulls(data, padded_size, signature) IN (0, 3)')
@Check('messages_nonce_whole', 'num_nulls(nonce, nonce_fingerprint) IN (0, 2)')
@Check('messages_withdrawn_without_text', `state <> 'withdrawn' OR data IS NULL`)
export class MessageEntity {
  @PrimaryGeneratedColumn('identity', countedId('messages'))
  id!: number;

  @ManyToOne(() => RoomEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('messages', 'room_id'))
  room!: Relation<RoomEntity>;

  @ManyToOne(() => UserEntity, { nullable: false })
  @JoinColumn(foreignKey('messages', 'user_id'))
  user!: Relation<UserEntity>;

  @Column(unixSeconds('posted_at'))
  postedAt!: number;

  @Column(unixSeconds('edited_at', { nullable: true }))
  editedAt!: number | null;

  /** The room's counter at the latest change of any kind. */
  @Column('bigint')
  seqno!: number;

  /** … at the latest post, edit or deletion. */
  @Column('bigint', { name: 'seqno_data' })
  seqnoData!: number;

  /** … at the latest change of its reactions, 0 before the first. */
  @Column('bigint', { name: 'seqno_reactions', default: 0 })
  seqnoReactions!: number;

  @Column('bigint', { name: 'seqno_creation' })
  seqnoCreation!: number;

  /** Without its padding. */
  @Column('bytea', { nullable: true })
  data!: Buffer | null;

  /** Bytes of the data as posted, padding included: what the signature covers. */
  @Column('integer', { name: 'padded_size', nullable: true })
  paddedSize!: number | null;

  /** 64 raw bytes. */
  @Column('bytea', { nullable: true })
  signature!: Buffer | null;

  @Column('enum', { enum: MESSAGE_STATES, enumName: 'message_state', default: 'published' })
  state!: MessageState;

  @ManyToOne(() => UserEntity, { nullable: true })
  @JoinColumn(foreignKey('messages', 'whisper_to'))
  whisperTo!: Relation<UserEntity> | null;

  @Column('boolean', { name: 'whisper_mods', default: false })
  whisperMods!: boolean;

  /** Recognizes the same post if it is sent again; stays as it is when the message is edited or deleted. */
  @Column('bigint', { nullable: true })
  digest!: number | null;

  /** The nonce of the request, 16 raw bytes, where the post brought its author's row; others lie in their own table. */
  @Column('bytea', { nullable: true })
  nonce!: Buffer | null;

  /** 16 raw bytes that tell the same request from another under its nonce. */
  @Column('bytea', { name: 'nonce_fingerprint', nullable: true })
  nonceFingerprint!: Buffer | null;

  /** Why it is or was held; `records/defence/held.ts` lists the reasons. */
  @Column('text', { name: 'held_for', nullable: true })
  heldFor!: string | null;

  /** When it was rejected that was held; staff can still have it published for some hours. */
  @Column(unixSeconds('rejected_at', { nullable: true }))
  rejectedAt!: number | null;

  /** Fingerprints that it shares with others like it; `moderation/defence/likeness.ts` makes it. */
  @Column('bigint', { array: true, nullable: true })
  likeness!: number[] | null;

  /** The incident that it is part of. No reference, so that an incident can go. */
  @Column('bigint', { name: 'incident_id', nullable: true })
  incidentId!: number | null;

  /** The rule that holds it or keeps it unseen. No reference, so that a rule can go. */
  @Column('bigint', { name: 'rule_id', nullable: true })
  ruleId!: number | null;
}

/** The text of a message before an edit or its deletion. */
@Entity('message_history')
@Index('message_history_message_idx', ['message'])
@Index('message_history_replaced_idx', ['replacedAt'])
export class MessageHistoryEntity {
  @PrimaryGeneratedColumn('identity', countedId('message_history'))
  id!: number;

  @ManyToOne(() => MessageEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('message_history', 'message_id'))
  message!: Relation<MessageEntity>;

  @Column(unixSeconds('replaced_at'))
  replacedAt!: number;

  @Column('bytea')
  data!: Buffer;

  /** Null where an imported server did not keep it. */
  @Column('integer', { name: 'padded_size', nullable: true })
  paddedSize!: number | null;

  @Column('bytea')
  signature!: Buffer;
}

/** A pin; a room shows its pins by `pinned_at`. */
@Entity('pinned_messages')
@Index('pinned_messages_message_idx', ['messageId'])
export class PinnedMessageEntity {
  @PrimaryColumn('bigint', { name: 'room_id', primaryKeyConstraintName: 'pinned_messages_pkey' })
  roomId!: number;

  @PrimaryColumn('bigint', { name: 'message_id', primaryKeyConstraintName: 'pinned_messages_pkey' })
  messageId!: number;

  @ManyToOne(() => RoomEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('pinned_messages', 'room_id'))
  room!: Relation<RoomEntity>;

  @ManyToOne(() => MessageEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('pinned_messages', 'message_id'))
  message!: Relation<MessageEntity>;

  @ManyToOne(() => UserEntity, { nullable: false })
  @JoinColumn(foreignKey('pinned_messages', 'pinned_by'))
  pinnedBy!: Relation<UserEntity>;

  @Column(unixSeconds('pinned_at'))
  pinnedAt!: number;
}
