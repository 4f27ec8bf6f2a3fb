import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Whether a room is archived, so that nobody writes there. In the older version everybody still may. */
export class ArchivedRooms1700000000042 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE rooms ADD COLUMN is_archived boolean NOT NULL DEFAULT false');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE rooms DROP COLUMN is_archived');
  }
}
