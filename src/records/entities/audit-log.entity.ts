import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import { countedId, unixSeconds } from './columns.js';

/** One moderator action. Text instead of references, because the log outlives rooms and users. */
@Entity('audit_log')
@Index('audit_log_at_idx', ['at'])
@Index('audit_log_target_idx', ['target'])
@Index('audit_log_actor_idx', ['actor'])
export class AuditLogEntity {
  @PrimaryGeneratedColumn('identity', countedId('audit_log'))
  id!: number;

  @Column(unixSeconds('at'))
  at!: number;

  /** A Session ID, or `plaza` for the command line and the clock. */
  @Column('text')
  actor!: string;

  @Column('text')
  action!: string;

  /** The Session ID acted upon, or the id of a message, where there is one. */
  @Column('text', { nullable: true })
  target!: string | null;

  /** Room token; null for a global action. */
  @Column('text', { nullable: true })
  room!: string | null;

  @Column('jsonb', { nullable: true })
  before!: object | null;

  @Column('jsonb', { nullable: true })
  after!: object | null;
}
