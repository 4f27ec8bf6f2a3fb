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
import { RoomEntity } from './room.entity.js';
import { UserEntity } from './user.entity.js';

/** The permissions that a room grants or denies one user beyond its defaults; null leaves the default (protocol 7.4). */
@Entity('permission_overrides')
@Index('permission_overrides_user_idx', ['userId'])
@Index('permission_overrides_staff_idx', ['roomId'], { where: 'moderator' })
@Check('permission_overrides_admin_is_moderator', 'moderator OR NOT admin')
@Check('permission_overrides_staff_not_banned', 'NOT (banned AND moderator)')
export class PermissionOverrideEntity {
  @PrimaryColumn('bigint', { name: 'room_id', primaryKeyConstraintName: 'permission_overrides_pkey' })
  roomId!: number;

  @PrimaryColumn('bigint', { name: 'user_id', primaryKeyConstraintName: 'permission_overrides_pkey' })
  userId!: number;

  @ManyToOne(() => RoomEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('permission_overrides', 'room_id'))
  room!: Relation<RoomEntity>;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('permission_overrides', 'user_id'))
  user!: Relation<UserEntity>;

  @Column('boolean', { default: false })
  banned!: boolean;

  @Column('boolean', { nullable: true })
  read!: boolean | null;

  @Column('boolean', { nullable: true })
  accessible!: boolean | null;

  @Column('boolean', { nullable: true })
  write!: boolean | null;

  @Column('boolean', { nullable: true })
  upload!: boolean | null;

  @Column('boolean', { default: false })
  moderator!: boolean;

  @Column('boolean', { default: false })
  admin!: boolean;

  /** Whether the role is shown to everyone. */
  @Column('boolean', { default: true })
  visible!: boolean;

  /** Whether staff has vouched for them. */
  @Column('boolean', { default: false })
  trusted!: boolean;

  @Column(unixSeconds('muted_until', { nullable: true }))
  mutedUntil!: number | null;

  /** Whether nobody else sees what they write. */
  @Column('boolean', { default: false })
  shadowed!: boolean;
}

/** A change of permissions that is due at `due_at`; null leaves that permission alone. */
@Entity('scheduled_permissions')
@Index('scheduled_permissions_due_idx', ['dueAt'])
@Index('scheduled_permissions_room_user_idx', ['room', 'user'])
@Index('scheduled_permissions_user_idx', ['user'])
@Check('scheduled_permissions_not_empty', 'num_nonnulls(read, write, upload) > 0')
export class ScheduledPermissionEntity {
  @PrimaryGeneratedColumn('identity', countedId('scheduled_permissions'))
  id!: number;

  @ManyToOne(() => RoomEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('scheduled_permissions', 'room_id'))
  room!: Relation<RoomEntity>;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('scheduled_permissions', 'user_id'))
  user!: Relation<UserEntity>;

  @Column(unixSeconds('due_at'))
  dueAt!: number;

  @Column('boolean', { nullable: true })
  read!: boolean | null;

  @Column('boolean', { nullable: true })
  write!: boolean | null;

  @Column('boolean', { nullable: true })
  upload!: boolean | null;
}

/** A ban or unban that is due at `due_at`, in one room or, with no room, globally. */
@Entity('scheduled_bans')
@Index('scheduled_bans_due_idx', ['dueAt'])
@Index('scheduled_bans_room_user_idx', ['room', 'user'])
@Index('scheduled_bans_user_idx', ['user'])
export class ScheduledBanEntity {
  @PrimaryGeneratedColumn('identity', countedId('scheduled_bans'))
  id!: number;

  @ManyToOne(() => RoomEntity, { onDelete: 'CASCADE', nullable: true })
  @JoinColumn(foreignKey('scheduled_bans', 'room_id'))
  room!: Relation<RoomEntity> | null;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('scheduled_bans', 'user_id'))
  user!: Relation<UserEntity>;

  @Column(unixSeconds('due_at'))
  dueAt!: number;

  @Column('boolean')
  banned!: boolean;
}
