import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Gives rooms settings of their own; `records/rooms/room-settings.ts` lists them. */
export class RoomSettings1700000000022 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE rooms ADD COLUMN settings jsonb NOT NULL DEFAULT '{}'`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE rooms DROP COLUMN settings`);
  }
}
