import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * The words of public messages, by which people search rooms in a browser. A job reads them from messages after they
 * were posted, so posts write nothing here. The trigger forgets them in the transaction in which a message is edited,
 * deleted or withdrawn, also by the older version.
 */
export class MessageWords1700000000040 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE message_words (
        message_id bigint CONSTRAINT message_words_pkey PRIMARY KEY
          CONSTRAINT message_words_message_id_fkey REFERENCES messages (id) ON DELETE CASCADE,
        room_id bigint NOT NULL CONSTRAINT message_words_room_id_fkey REFERENCES rooms (id) ON DELETE CASCADE,
        seqno_data bigint NOT NULL,
        words tsvector NOT NULL
      )`);
    await queryRunner.query('CREATE INDEX message_words_room_idx ON message_words (room_id, message_id)');
    await queryRunner.query(
      'CREATE INDEX message_words_words_idx ON message_words USING gin (words) WITH (fastupdate = off)',
    );
    await queryRunner.query(`
      CREATE TABLE searched_rooms (
        room_id bigint CONSTRAINT searched_rooms_pkey PRIMARY KEY
          CONSTRAINT searched_rooms_room_id_fkey REFERENCES rooms (id) ON DELETE CASCADE,
        seqno bigint NOT NULL
      )`);
    await queryRunner.query(`
      CREATE FUNCTION forget_message_words() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        DELETE FROM message_words WHERE message_id = OLD.id;
        RETURN NULL;
      END $$`);
    await queryRunner.query(`
      CREATE TRIGGER messages_forget_words AFTER UPDATE OF data, state ON messages
      FOR EACH ROW WHEN (OLD.data IS DISTINCT FROM NEW.data OR OLD.state <> NEW.state)
      EXECUTE FUNCTION forget_message_words()`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TRIGGER messages_forget_words ON messages');
    await queryRunner.query('DROP FUNCTION forget_message_words');
    await queryRunner.query('DROP TABLE searched_rooms, message_words');
  }
}
