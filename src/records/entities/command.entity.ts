import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { type CommandOutcome, type CommandStep } from '../commands/command.js';
import { countedId, foreignKey, unixSeconds } from './columns.js';
import { MessageEntity } from './message.entity.js';
import { RoomEntity } from './room.entity.js';
import { UserEntity } from './user.entity.js';

/** A command that somebody has posted. It counts once for its signature. */
@Entity('commands')
@Index('commands_signature_idx', ['signature'], { unique: true })
@Index('commands_due_idx', ['dueAt'], { where: 'due_at IS NOT NULL' })
@Index('commands_user_idx', ['user', 'takenAt'])
@Index('commands_room_idx', ['room', 'takenAt'])
@Index('commands_message_idx', ['message'])
export class CommandEntity {
  @PrimaryGeneratedColumn('identity', countedId('commands'))
  id!: number;

  @ManyToOne(() => RoomEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('commands', 'room_id'))
  room!: Relation<RoomEntity>;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('commands', 'user_id'))
  user!: Relation<UserEntity>;

  @ManyToOne(() => MessageEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('commands', 'message_id'))
  message!: Relation<MessageEntity>;

  /** 64 raw bytes, of the message. */
  @Column('bytea')
  signature!: Buffer;

  @Column(unixSeconds('taken_at'))
  takenAt!: number;

  /** Whether its author was no staff of the room. */
  @Column('boolean', { name: 'is_member' })
  isMember!: boolean;

  /** As it was written, until it is carried out. */
  @Column('text', { nullable: true })
  text!: string | null;

  /** The message that it answers. */
  @Column('jsonb', { nullable: true })
  quote!: { author: string; timestamp: number } | null;

  @Column('text')
  step!: CommandStep;

  /** When a job does the next step, unless the process that took the command has; null when there is none. */
  @Column(unixSeconds('due_at', { nullable: true }))
  dueAt!: number | null;

  /** From when it is carried out until its author is answered. */
  @Column('jsonb', { nullable: true })
  outcome!: CommandOutcome | null;

  /** Ids of the events that it caused; no foreign key, because events go when they are old. */
  @Column('bigint', { array: true, nullable: true })
  events!: number[] | null;
}
