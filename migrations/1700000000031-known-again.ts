import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * The means by which the defence knows files and names again: the SHA-256 of each upload, and the name that each of the staff
 * wrote under last. Files that are there have none. The older version can live with both.
 */
export class KnownAgain1700000000031 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE files ADD COLUMN sha256 bytea');
    await queryRunner.query(`
      CREATE TABLE staff_names (
        user_id bigint CONSTRAINT staff_names_pkey PRIMARY KEY
          CONSTRAINT staff_names_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
        name bigint NOT NULL
      )`);
    await queryRunner.query('CREATE INDEX staff_names_name_idx ON staff_names (name)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE staff_names');
    await queryRunner.query('ALTER TABLE files DROP COLUMN sha256');
  }
}
