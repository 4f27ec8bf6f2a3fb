import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** As many partitions as there are days on which a nonce that still counts can expire, and one more. */
const SLOTS = [0, 1, 2, 3, 4];

/**
 * Puts all nonces into one table again, whose primary key alone tells that a nonce is taken. With partitions every write
 * had to look through each of them first, and PostgreSQL did that by reading a partition whole while it was new.
 */
export class WholeNonces1700000000017 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await setAside(queryRunner);
    await queryRunner.query(`
      CREATE TABLE nonces (
        nonce bytea NOT NULL CONSTRAINT nonces_pkey PRIMARY KEY,
        expires_at double precision NOT NULL,
        fingerprint bytea,
        claimed_at double precision,
        message_id bigint
      )`);
    await queryRunner.query(`
      INSERT INTO nonces (nonce, expires_at, fingerprint, claimed_at, message_id)
      SELECT DISTINCT ON (nonce) nonce, expires_at, fingerprint, claimed_at, message_id
      FROM old_nonces ORDER BY nonce, expires_at DESC`);
    await queryRunner.query(`CREATE INDEX nonces_expires_idx ON nonces (expires_at)`);
    await queryRunner.query(`DROP TABLE old_nonces`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await setAside(queryRunner);
    await queryRunner.query(`
      CREATE TABLE nonces (
        nonce bytea NOT NULL,
        slot smallint NOT NULL,
        expires_at double precision NOT NULL,
        fingerprint bytea,
        claimed_at double precision,
        message_id bigint,
        CONSTRAINT nonces_pkey PRIMARY KEY (nonce, slot)
      ) PARTITION BY LIST (slot)`);
    for (const slot of SLOTS) {
      await queryRunner.query(`CREATE TABLE nonces_${slot} PARTITION OF nonces FOR VALUES IN (${slot})`);
    }
    await queryRunner.query(`
      INSERT INTO nonces (nonce, slot, expires_at, fingerprint, claimed_at, message_id)
      SELECT nonce, mod(floor(expires_at / 86400)::bigint, ${SLOTS.length}), expires_at, fingerprint, claimed_at,
        message_id
      FROM old_nonces`);
    await queryRunner.query(`DROP TABLE old_nonces`);
  }
}

async function setAside(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`ALTER TABLE nonces RENAME TO old_nonces`);
  await queryRunner.query(`ALTER INDEX nonces_pkey RENAME TO old_nonces_pkey`);
}
