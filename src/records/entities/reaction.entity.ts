import {
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
  Unique,
} from 'typeorm';
import { countedId, foreignKey, unixSeconds } from './columns.js';
import { MessageEntity } from './message.entity.js';
import { UserEntity } from './user.entity.js';

/** One emoji under one message; its id gives its place in first-use order. */
@Entity('reactions')
@Unique('reactions_message_id_reaction_key', ['message', 'reaction'])
@Index('reactions_message_idx', ['message', 'id'])
export class ReactionEntity {
  @PrimaryGeneratedColumn('identity', countedId('reactions'))
  id!: number;

  @ManyToOne(() => MessageEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('reactions', 'message_id'))
  message!: Relation<MessageEntity>;

  /** 1–12 code points. */
  @Column('text')
  reaction!: string;

  /** How many people gave it: triggers of `user_reactions` keep the count. */
  @Column('integer', { default: 0 })
  reactors!: number;
}

/** A person's reaction, and its time. */
@Entity('user_reactions')
@Index('user_reactions_order_idx', ['reactionId', 'reactedAt', 'userId'])
@Index('user_reactions_user_idx', ['userId'])
export class UserReactionEntity {
  @PrimaryColumn('bigint', { name: 'reaction_id', primaryKeyConstraintName: 'user_reactions_pkey' })
  reactionId!: number;

  @PrimaryColumn('bigint', { name: 'user_id', primaryKeyConstraintName: 'user_reactions_pkey' })
  userId!: number;

  @ManyToOne(() => ReactionEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('user_reactions', 'reaction_id'))
  reaction!: Relation<ReactionEntity>;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('user_reactions', 'user_id'))
  user!: Relation<UserEntity>;

  @Column(unixSeconds('reacted_at'))
  reactedAt!: number;
}
