import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** As many as the days on which a nonce that still counts can expire, and one more to be emptied meanwhile. */
const SLOTS = [0, 1, 2, 3, 4];

/**
 * Recognizes a request that comes again (protocol 3, "Repeats"). Nonces lie in a partition by the day on which they
 * expire, counted modulo the number of partitions, so that those of a day are removed at once by emptying theirs.
 * `slot` is that number. It is no expression, because a primary key can't hold one.
 */
export class Repeats1700000000012 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE nonces RENAME TO old_nonces`);
    await queryRunner.query(`ALTER INDEX nonces_pkey RENAME TO old_nonces_pkey`);
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
      INSERT INTO nonces (nonce, slot, expires_at)
      SELECT nonce, mod(floor(expires_at / 86400)::bigint, ${SLOTS.length}), expires_at FROM old_nonces`);
    await queryRunner.query(`DROP TABLE old_nonces`);
    await queryRunner.query(`
      CREATE TABLE kept_answers (
        nonce bytea NOT NULL CONSTRAINT kept_answers_pkey PRIMARY KEY,
        answered_at double precision NOT NULL,
        answer bytea
      )`);
    await queryRunner.query(`CREATE INDEX kept_answers_answered_idx ON kept_answers (answered_at)`);
    await queryRunner.query(`ALTER TABLE messages ADD COLUMN digest bigint`);
    await queryRunner.query(`CREATE INDEX messages_digest_idx ON messages (digest) WHERE digest IS NOT NULL`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX messages_digest_idx`);
    await queryRunner.query(`ALTER TABLE messages DROP COLUMN digest`);
    await queryRunner.query(`DROP TABLE kept_answers`);
    await queryRunner.query(`ALTER TABLE nonces RENAME TO new_nonces`);
    await queryRunner.query(`ALTER INDEX nonces_pkey RENAME TO new_nonces_pkey`);
    await queryRunner.query(`
      CREATE TABLE nonces (
        nonce bytea NOT NULL CONSTRAINT nonces_pkey PRIMARY KEY,
        expires_at double precision NOT NULL
      )`);
    await queryRunner.query(`
      INSERT INTO nonces (nonce, expires_at) SELECT nonce, max(expires_at) FROM new_nonces GROUP BY nonce`);
    await queryRunner.query(`CREATE INDEX nonces_expires_idx ON nonces (expires_at)`);
    await queryRunner.query(`DROP TABLE new_nonces`);
  }
}
