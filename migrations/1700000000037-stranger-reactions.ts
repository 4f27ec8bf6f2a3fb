import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** When strangers reacted in a room, because what they do so together has a budget. The older version counts nothing there. */
export class StrangerReactions1700000000037 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `ALTER TABLE room_defences ADD COLUMN stranger_reactions integer[] NOT NULL DEFAULT '{}'`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE room_defences DROP COLUMN stranger_reactions');
  }
}
