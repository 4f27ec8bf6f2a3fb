import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { countedId, foreignKey, unixSeconds } from './columns.js';
import { UserEntity } from './user.entity.js';

/** A direct message; its body is opaque to the server. */
@Entity('inbox')
@Index('inbox_recipient_idx', ['recipient', 'id'])
@Index('inbox_sender_idx', ['sender', 'id'])
@Index('inbox_sender_posted_idx', ['sender', 'postedAt'])
@Index('inbox_pair_idx', ['recipient', 'sender', 'id'])
@Index('inbox_expires_idx', ['expiresAt'])
export class InboxEntity {
  @PrimaryGeneratedColumn('identity', countedId('inbox'))
  id!: number;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('inbox', 'recipient_id'))
  recipient!: Relation<UserEntity>;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('inbox', 'sender_id'))
  sender!: Relation<UserEntity>;

  @Column('bytea')
  body!: Buffer;

  @Column(unixSeconds('posted_at'))
  postedAt!: number;

  @Column(unixSeconds('expires_at'))
  expiresAt!: number;
}
