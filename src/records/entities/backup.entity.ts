import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { countedId, unixSeconds } from './columns.js';

/** An attempt at a backup that was made by itself. No backup holds it: it is about this installation. */
@Entity('backup_runs')
export class BackupRunEntity {
  @PrimaryGeneratedColumn('identity', countedId('backup_runs'))
  id!: number;

  /** The host's name. */
  @Column('text')
  machine!: string;

  /** The archive's name. */
  @Column('text')
  name!: string;

  @Column(unixSeconds('begun_at'))
  begunAt!: number;

  /** Null while it is under way, and when it was killed. */
  @Column(unixSeconds('ended_at', { nullable: true }))
  endedAt!: number | null;

  /** The archive's size, once it was verified. */
  @Column('bigint', { nullable: true })
  bytes!: number | null;

  /** The reason in a line. */
  @Column('text', { nullable: true })
  failure!: string | null;
}
