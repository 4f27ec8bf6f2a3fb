import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * Lets every post of a room have a millisecond of its own, which clients tell messages apart by, and finds the authors
 * of deletions, who are told of them wherever they are in the room.
 */
export class TimesAndDeletions1700000000014 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE rooms ADD COLUMN latest_posted_ms bigint NOT NULL DEFAULT 0`);
    await queryRunner.query(
      `UPDATE rooms SET latest_posted_ms = latest.ms
       FROM (SELECT room_id, floor(max(posted_at) * 1000)::bigint AS ms FROM messages GROUP BY room_id) AS latest
       WHERE rooms.id = latest.room_id`,
    );
    await queryRunner.query(
      `CREATE INDEX messages_room_deleted_idx ON messages (room_id, seqno_data) WHERE data IS NULL`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX messages_room_deleted_idx');
    await queryRunner.query('ALTER TABLE rooms DROP COLUMN latest_posted_ms');
  }
}
