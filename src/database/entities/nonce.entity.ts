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
}
