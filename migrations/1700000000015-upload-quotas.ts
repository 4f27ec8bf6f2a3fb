import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * Lets quotas of uploads be counted from few rows, however many files there are: those of a person's last day, those of
 * a room that no message claims, and those of people who were new when they uploaded them.
 */
export class UploadQuotas1700000000015 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE files ADD COLUMN by_stranger boolean NOT NULL DEFAULT false`);
    await queryRunner.query(`DROP INDEX files_uploader_idx`);
    await queryRunner.query(`CREATE INDEX files_uploader_idx ON files (uploader_id, uploaded_at)`);
    await queryRunner.query(
      `CREATE INDEX files_unclaimed_idx ON files (room_id, uploaded_at) WHERE message_id IS NULL`,
    );
    await queryRunner.query(`CREATE INDEX files_strangers_idx ON files (uploaded_at) WHERE by_stranger`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX files_strangers_idx`);
    await queryRunner.query(`DROP INDEX files_unclaimed_idx`);
    await queryRunner.query(`DROP INDEX files_uploader_idx`);
    await queryRunner.query(`CREATE INDEX files_uploader_idx ON files (uploader_id)`);
    await queryRunner.query(`ALTER TABLE files DROP COLUMN by_stranger`);
  }
}
