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
import { countedId, foreignKey, unixSeconds } from './columns.js';
import { FileEntity } from './file.entity.js';
import { UserEntity } from './user.entity.js';

/** A community. Its row's lock orders everything that raises `message_sequence`. */
@Entity('rooms')
@Index('rooms_token_idx', { synchronize: false })
@Check('rooms_token_format', `token ~ '^[A-Za-z0-9_-]{1,64}$'`)
export class RoomEntity {
  @PrimaryGeneratedColumn('identity', countedId('rooms'))
  id!: number;

  /** As its admin wrote it; unique without regard to case. */
  @Column('text')
  token!: string;

  @Column('text')
  name!: string;

  @Column('text', { nullable: true })
  description!: string | null;

  @ManyToOne(() => FileEntity, { onDelete: 'SET NULL', nullable: true })
  @JoinColumn(foreignKey('rooms', 'image_id'))
  image!: Relation<FileEntity> | null;

  @Column(unixSeconds('created_at'))
  createdAt!: number;

  @Column('bigint', { name: 'message_sequence', default: 0 })
  messageSequence!: number;

  /** Milliseconds of the latest post, whole: the next one has a later one, so that no two have the same. */
  @Column('bigint', { name: 'latest_posted_ms', default: 0 })
  latestPostedMs!: number;

  /** Starts at 1: Desktop asks for what differs from 0, and would show nothing of a new room. */
  @Column('bigint', { name: 'info_updates', default: 1 })
  infoUpdates!: number;

  @Column('integer', { name: 'active_users', default: 0 })
  activeUsers!: number;

  @Column('boolean', { name: 'default_read', default: true })
  defaultRead!: boolean;

  @Column('boolean', { name: 'default_accessible', default: true })
  defaultAccessible!: boolean;

  @Column('boolean', { name: 'default_write', default: true })
  defaultWrite!: boolean;

  @Column('boolean', { name: 'default_upload', default: true })
  defaultUpload!: boolean;

  @Column('boolean', { name: 'is_archived', default: false })
  isArchived!: boolean;

  @Column('jsonb', { default: {} })
  settings!: Record<string, unknown>;
}

/** When a user was last active in a room (protocol 7.5). */
@Entity('room_users')
@Index('room_users_activity_idx', ['roomId', 'lastActiveAt'])
export class RoomUserEntity {
  @PrimaryColumn('bigint', { name: 'room_id', primaryKeyConstraintName: 'room_users_pkey' })
  roomId!: number;

  @PrimaryColumn('bigint', { name: 'user_id', primaryKeyConstraintName: 'room_users_pkey' })
  userId!: number;

  @ManyToOne(() => RoomEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('room_users', 'room_id'))
  room!: Relation<RoomEntity>;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('room_users', 'user_id'))
  user!: Relation<UserEntity>;

  @Column(unixSeconds('last_active_at'))
  lastActiveAt!: number;
}
