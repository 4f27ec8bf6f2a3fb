import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Files that nobody may upload again, and what is known of pictures. The older version takes such files, and looks at none. */
export class ForbiddenFiles1700000000035 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE forbidden_files (
        sha256 bytea CONSTRAINT forbidden_files_pkey PRIMARY KEY,
        picture_hash bytea,
        forbidden_at double precision NOT NULL,
        is_compared boolean NOT NULL DEFAULT false
      )`);
    await queryRunner.query(`
      ALTER TABLE files ADD COLUMN picture_hash bytea, ADD COLUMN is_looked_at boolean NOT NULL DEFAULT false,
        ADD COLUMN resembles boolean NOT NULL DEFAULT false`);
    await queryRunner.query('CREATE INDEX files_sha256_idx ON files (sha256)');
    await queryRunner.query('CREATE INDEX files_unlooked_idx ON files (id) WHERE NOT is_looked_at');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX files_unlooked_idx');
    await queryRunner.query('DROP INDEX files_sha256_idx');
    await queryRunner.query(
      'ALTER TABLE files DROP COLUMN picture_hash, DROP COLUMN is_looked_at, DROP COLUMN resembles',
    );
    await queryRunner.query('DROP TABLE forbidden_files');
  }
}
