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
import { RoomEntity } from './room.entity.js';
import { UserEntity } from './user.entity.js';

/** An upload. Its bytes lie in storage under `storage_key`, which no user's string is part of. */
@Entity('files')
@Unique('files_storage_key_key', ['storageKey'])
@Index('files_room_uploader_idx', ['room', 'uploader'])
@Index('files_message_idx', ['message'])
@Index('files_uploader_idx', ['uploader', 'uploadedAt'])
@Index('files_room_time_idx', ['room', 'uploadedAt'])
@Index('files_unclaimed_idx', ['room', 'uploadedAt'], { where: 'message_id IS NULL' })
@Index('files_strangers_idx', ['uploadedAt'], { where: 'by_stranger' })
@Index('files_expires_idx', ['expiresAt'])
@Index('files_roomless_idx', ['id'], { where: 'room_id IS NULL' })
@Index('files_sha256_idx', ['sha256'])
@Index('files_unlooked_idx', ['id'], { where: 'NOT is_looked_at' })
export class FileEntity {
  /** At random, except for files of an import, which keep their ids. */
  @PrimaryGeneratedColumn('identity', countedId('files'))
  id!: number;

  @ManyToOne(() => RoomEntity, { onDelete: 'SET NULL', nullable: true })
  @JoinColumn(foreignKey('files', 'room_id'))
  room!: Relation<RoomEntity> | null;

  @ManyToOne(() => UserEntity, { onDelete: 'SET NULL', nullable: true })
  @JoinColumn(foreignKey('files', 'uploader_id'))
  uploader!: Relation<UserEntity> | null;

  /** The first message that claimed it. */
  @ManyToOne(() => MessageEntity, { onDelete: 'SET NULL', nullable: true })
  @JoinColumn(foreignKey('files', 'message_id'))
  message!: Relation<MessageEntity> | null;

  /** Bytes. */
  @Column('bigint')
  size!: number;

  @Column(unixSeconds('uploaded_at'))
  uploadedAt!: number;

  /** Null: never. */
  @Column(unixSeconds('expires_at', { nullable: true }))
  expiresAt!: number | null;

  /** As its uploader named it: shown to clients, never used as a path. */
  @Column('text', { nullable: true })
  filename!: string | null;

  @Column('text', { name: 'storage_key' })
  storageKey!: string;

  /** The SHA-256 of its bytes; null for files of older versions and of imports. */
  @Column('bytea', { nullable: true })
  sha256!: Buffer | null;

  /** Whether its uploader had been first seen less than a day before. */
  @Column('boolean', { name: 'by_stranger', default: false })
  byStranger!: boolean;

  /** The perceptual hash of a picture; null for other files, and for those that nobody has looked at. */
  @Column('bytea', { name: 'picture_hash', nullable: true })
  pictureHash!: Buffer | null;

  /** Whether the job has looked at it: its bytes are hashed, and its picture where there is one. */
  @Column('boolean', { name: 'is_looked_at', default: false })
  isLookedAt!: boolean;

  /** Whether it looks like a forbidden picture, so that a moderator looks at the message that shows it. */
  @Column('boolean', { default: false })
  resembles!: boolean;
}

/** A file that nobody may upload again, by its bytes and, if it is a picture, by what it shows. */
@Entity('forbidden_files')
export class ForbiddenFileEntity {
  @PrimaryColumn('bytea', { primaryKeyConstraintName: 'forbidden_files_pkey' })
  sha256!: Buffer;

  @Column('bytea', { name: 'picture_hash', nullable: true })
  pictureHash!: Buffer | null;

  @Column(unixSeconds('forbidden_at'))
  forbiddenAt!: number;

  /** Whether the files that were there when it was forbidden have been compared with it. */
  @Column('boolean', { name: 'is_compared', default: false })
  isCompared!: boolean;
}

/** The totals of all uploads to the server, in one row, in bytes. No backup holds it: a restore counts anew. */
@Entity('upload_totals')
export class UploadTotalsEntity {
  @PrimaryColumn('integer', { primaryKeyConstraintName: 'upload_totals_pkey' })
  id!: number;

  @Column('double precision')
  unclaimed!: number;

  @Column('double precision')
  strangers!: number;

  @Column(unixSeconds('counted_at'))
  countedAt!: number;
}
