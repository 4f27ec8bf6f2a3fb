import {
  Check,
  Column,
  Entity,
  Index,
  JoinColumn,
  OneToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
  Unique,
} from 'typeorm';
import { countedId, foreignKey, unixSeconds } from './columns.js';

/** One Session ID that this server has seen or that a moderator has named. */
@Entity('users')
@Unique('users_session_id_key', ['sessionId'])
@Index('users_staff_idx', ['id'], { where: 'moderator' })
@Index('users_banned_idx', ['id'], { where: 'banned' })
@Check('users_admin_is_moderator', 'moderator OR NOT admin')
@Check('users_staff_not_banned', 'NOT (banned AND moderator)')
export class UserEntity {
  @PrimaryGeneratedColumn('identity', countedId('users'))
  id!: number;

  /** `05…` or `15…`, 66 lower-case hex digits. */
  @Column('text', { name: 'session_id' })
  sessionId!: string;

  @Column(unixSeconds('created_at'))
  createdAt!: number;

  @Column(unixSeconds('last_active_at'))
  lastActiveAt!: number;

  @Column('boolean', { default: false })
  banned!: boolean;

  @Column('boolean', { default: false })
  moderator!: boolean;

  @Column('boolean', { default: false })
  admin!: boolean;

  /** Whether a global role is shown to everyone. */
  @Column('boolean', { default: false })
  visible!: boolean;

  /** Whether the server itself writes under this ID. */
  @Column('boolean', { name: 'is_server', default: false })
  isServer!: boolean;

  /** Whether staff has vouched for them, in all rooms. */
  @Column('boolean', { default: false })
  trusted!: boolean;

  @Column(unixSeconds('muted_until', { nullable: true }))
  mutedUntil!: number | null;

  /** Whether nobody else sees what they write, in any room. */
  @Column('boolean', { default: false })
  shadowed!: boolean;
}

/** An `05…` record whose roles and bans move to the `15…` user that will turn up (protocol 2). */
@Entity('pending_blinding')
@Unique('pending_blinding_user_id_key', ['user'])
export class PendingBlindingEntity {
  @PrimaryColumn('text', { name: 'blinded_abs', primaryKeyConstraintName: 'pending_blinding_pkey' })
  blindedAbs!: string;

  @OneToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('pending_blinding', 'user_id'))
  user!: Relation<UserEntity>;
}
