import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { unixSeconds } from './columns.js';

/** A nonce that a verified request has used (protocol 3). */
@Entity('nonces')
@Index('nonces_expires_idx', ['expiresAt'])
export class NonceEntity {
  /** 16 raw bytes. */
  @PrimaryColumn('bytea', { primaryKeyConstraintName: 'nonces_pkey' })
  nonce!: Buffer;

  /** When its timestamp can no longer be accepted. */
  @Column(unixSeconds('expires_at'))
  expiresAt!: number;

  /** 16 raw bytes that tell the same request from another; null for nonces that an import brought. */
  @Column('bytea', { nullable: true })
  fingerprint!: Buffer | null;

  /** When a request of several transactions began; null for nonces that were recorded together with their effect. */
  @Column(unixSeconds('claimed_at', { nullable: true }))
  claimedAt!: number | null;

  /** The message that a post became. No reference: it outlives the message's room. */
  @Column('bigint', { name: 'message_id', nullable: true })
  messageId!: number | null;
}

/** The answer to a request of the last minutes, for its repeat. It is in no backup. */
@Entity('kept_answers')
@Index('kept_answers_answered_idx', ['answeredAt'])
export class KeptAnswerEntity {
  /** 16 raw bytes. */
  @PrimaryColumn('bytea', { primaryKeyConstraintName: 'kept_answers_pkey' })
  nonce!: Buffer;

  @Column(unixSeconds('answered_at'))
  answeredAt!: number;

  /** Status, headers and body; null when the answer was too large to be kept. */
  @Column('bytea', { nullable: true })
  answer!: Buffer | null;
}
