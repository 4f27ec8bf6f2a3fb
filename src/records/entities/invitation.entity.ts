import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { countedId, foreignKey, unixSeconds } from './columns.js';
import { RoomEntity } from './room.entity.js';
import { UserEntity } from './user.entity.js';

/** A phrase by which somebody established lets a stranger into a room, once. */
@Entity('invitations')
@Index('invitations_phrase_idx', ['room', 'phrase'], { unique: true })
@Index('invitations_inviter_idx', ['inviter', 'room', 'createdAt'])
@Index('invitations_guest_idx', ['guest'])
export class InvitationEntity {
  @PrimaryGeneratedColumn('identity', countedId('invitations'))
  id!: number;

  @ManyToOne(() => RoomEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('invitations', 'room_id'))
  room!: Relation<RoomEntity>;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('invitations', 'inviter_id'))
  inviter!: Relation<UserEntity>;

  @Column('text')
  phrase!: string;

  @Column(unixSeconds('created_at'))
  createdAt!: number;

  /** The stranger whose first post had the phrase. */
  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: true })
  @JoinColumn(foreignKey('invitations', 'guest_id'))
  guest!: Relation<UserEntity> | null;

  @Column(unixSeconds('used_at', { nullable: true }))
  usedAt!: number | null;
}
