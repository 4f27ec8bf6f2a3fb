import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Indexes for what a page of updates asks of a room with very many messages. */
export class SharedPages1700000000010 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `CREATE INDEX messages_room_reactions_idx ON messages (room_id, seqno_reactions)
       WHERE seqno_reactions > seqno_data`,
    );
    await queryRunner.query(
      `CREATE INDEX messages_room_whispers_idx ON messages (room_id, seqno)
       WHERE whisper_to IS NOT NULL OR whisper_mods`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX messages_room_reactions_idx, messages_room_whispers_idx');
  }
}
