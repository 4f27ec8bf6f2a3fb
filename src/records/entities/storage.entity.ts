import { Column, Entity, JoinColumn, OneToOne, PrimaryColumn, type Relation } from 'typeorm';
import { foreignKey, unixSeconds } from './columns.js';
import { RoomEntity } from './room.entity.js';
import { UserEntity } from './user.entity.js';

/**
 * The sum of a room's files, expired ones included until their row is gone. Triggers of `files` keep it. No backup holds
 * it: a restore counts anew.
 */
@Entity('room_storage')
export class RoomStorageEntity {
  @PrimaryColumn('bigint', { name: 'room_id', primaryKeyConstraintName: 'room_storage_pkey' })
  roomId!: number;

  @OneToOne(() => RoomEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('room_storage', 'room_id'))
  room!: Relation<RoomEntity>;

  @Column('bigint')
  files!: number;

  @Column('bigint')
  bytes!: number;

  /** When its moderators were told that it is nearly full; null while it is not. */
  @Column(unixSeconds('warned_at', { nullable: true }))
  warnedAt!: number | null;
}

/** The sum of the files that a person has uploaded, as {@link RoomStorageEntity}. */
@Entity('user_storage')
export class UserStorageEntity {
  @PrimaryColumn('bigint', { name: 'user_id', primaryKeyConstraintName: 'user_storage_pkey' })
  userId!: number;

  @OneToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('user_storage', 'user_id'))
  user!: Relation<UserEntity>;

  @Column('bigint')
  files!: number;

  @Column('bigint')
  bytes!: number;
}
