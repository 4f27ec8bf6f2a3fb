import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * Makes every room one that all clients can list. Desktop polls with 0 and is sent the details only when the room's
 * count differs, so a room counts from 1; and it can't list a room with a blank name. Names and descriptions, which
 * everybody downloads, get the length that new ones may have.
 */
export class ListableRooms1700000000013 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE rooms ALTER COLUMN info_updates SET DEFAULT 1`);
    await queryRunner.query(`UPDATE rooms SET info_updates = 1 WHERE info_updates = 0`);
    await queryRunner.query(
      `UPDATE rooms SET name = CASE WHEN name ~ '\\S' THEN left(name, 256) ELSE token END,
         description = left(description, 2000), info_updates = info_updates + 1
       WHERE name !~ '\\S' OR length(name) > 256 OR length(description) > 2000`,
    );
  }

  /** Rooms keep their counts: a count that goes back would hide the next change from clients. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE rooms ALTER COLUMN info_updates SET DEFAULT 0`);
  }
}
