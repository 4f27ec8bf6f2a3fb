import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * Takes away what PostgreSQL wrote and checked for each post and what nothing needs. No statement looks for messages by their
 * room and latest change alone, and the older version has none either. Words go with their message, which goes with its room,
 * so they need no reference to the room.
 */
export class LessToWrite1700000000048 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX messages_room_seqno_idx');
    await queryRunner.query('ALTER TABLE message_words DROP CONSTRAINT message_words_room_id_fkey');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE INDEX messages_room_seqno_idx ON messages (room_id, seqno)');
    await queryRunner.query(`
      ALTER TABLE message_words ADD CONSTRAINT message_words_room_id_fkey
        FOREIGN KEY (room_id) REFERENCES rooms (id) ON DELETE CASCADE`);
  }
}
