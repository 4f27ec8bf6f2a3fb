import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * Gives messages a state in place of `filtered`, which was hidden from its author, too. PostgreSQL rewrites no row for the
 * new column: its default is constant. The check of withdrawn messages makes it impossible that a reading shows one.
 */
export class MessageStates1700000000018 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TYPE message_state AS ENUM ('published', 'held', 'unseen', 'withdrawn')`);
    await queryRunner.query(
      `ALTER TABLE messages ADD COLUMN state message_state NOT NULL DEFAULT 'published'`,
    );
    await queryRunner.query(`UPDATE messages SET state = 'unseen' WHERE filtered`);
    await queryRunner.query(`DROP INDEX messages_room_whispers_idx`);
    await queryRunner.query(`
      ALTER TABLE messages DROP COLUMN filtered,
        ADD CONSTRAINT messages_withdrawn_without_text CHECK (state <> 'withdrawn' OR data IS NULL)`);
    await queryRunner.query(
      `CREATE INDEX messages_room_not_for_all_idx ON messages (room_id, seqno)
       WHERE whisper_to IS NOT NULL OR whisper_mods OR state IN ('held', 'unseen')`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX messages_room_not_for_all_idx');
    await queryRunner.query(`ALTER TABLE messages ADD COLUMN filtered boolean NOT NULL DEFAULT false`);
    await queryRunner.query(`UPDATE messages SET filtered = true WHERE state IN ('held', 'unseen')`);
    await queryRunner.query('ALTER TABLE messages DROP COLUMN state');
    await queryRunner.query('DROP TYPE message_state');
    await queryRunner.query(
      `CREATE INDEX messages_room_whispers_idx ON messages (room_id, seqno)
       WHERE whisper_to IS NOT NULL OR whisper_mods`,
    );
  }
}
