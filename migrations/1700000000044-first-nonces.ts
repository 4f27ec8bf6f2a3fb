import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * Lets the post that brings somebody's row keep the nonce of its request itself, so that a raider who posts once costs two
 * rows. Messages that are there have none. The older version writes and looks up nonces in their own table alone.
 */
export class FirstNonces1700000000044 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE messages ADD COLUMN nonce bytea, ADD COLUMN nonce_fingerprint bytea,
        ADD CONSTRAINT messages_nonce_whole CHECK (num_nulls(nonce, nonce_fingerprint) IN (0, 2))`);
    await queryRunner.query(
      `CREATE UNIQUE INDEX messages_nonce_idx ON messages (nonce) WHERE nonce IS NOT NULL`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      INSERT INTO nonces (nonce, expires_at, fingerprint, message_id)
      SELECT nonce, posted_at + 2 * 86400, nonce_fingerprint, id FROM messages
      WHERE nonce IS NOT NULL AND posted_at > extract(epoch FROM now()) - 2 * 86400
      ON CONFLICT DO NOTHING`);
    await queryRunner.query(`ALTER TABLE messages DROP COLUMN nonce, DROP COLUMN nonce_fingerprint`);
  }
}
