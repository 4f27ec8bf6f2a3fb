import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What a room sets for itself; `records/rooms/room-settings.ts` says what there is. */
export class RoomSettings1700000000022 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE rooms ADD COLUMN settings jsonb NOT NULL DEFAULT '{}'`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE rooms DROP COLUMN settings`);
  }
}
