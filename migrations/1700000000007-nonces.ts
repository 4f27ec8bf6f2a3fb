import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Nonces of verified requests, remembered for as long as their timestamp would be accepted (protocol 3). */
export class Nonces1700000000007 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE nonces (
        nonce bytea NOT NULL CONSTRAINT nonces_pkey PRIMARY KEY,
        expires_at double precision NOT NULL
      )`);
    await queryRunner.query(`CREATE INDEX nonces_expires_idx ON nonces (expires_at)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE nonces`);
  }
}
