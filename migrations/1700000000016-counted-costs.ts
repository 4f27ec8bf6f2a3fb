import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * Keeps how many people gave each reaction, because counting them made a page of popular messages cost millions of
 * rows, and indexes what the caps of reactions and of direct messages count.
 */
export class CountedCosts1700000000016 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE reactions ADD COLUMN reactors integer NOT NULL DEFAULT 0`);
    await queryRunner.query(
      `UPDATE reactions r SET reactors = counted.reactors
       FROM (SELECT reaction_id, count(*) AS reactors FROM user_reactions GROUP BY reaction_id) AS counted
       WHERE r.id = counted.reaction_id`,
    );
    await queryRunner.query(`CREATE INDEX reactions_message_idx ON reactions (message_id, id)`);
    await queryRunner.query(`
      CREATE FUNCTION count_reactors() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        UPDATE reactions r
        SET reactors = r.reactors + CASE WHEN TG_OP = 'INSERT' THEN changed.count ELSE -changed.count END
        FROM (SELECT reaction_id, count(*)::integer AS count FROM changed_rows GROUP BY reaction_id) AS changed
        WHERE r.id = changed.reaction_id;
        RETURN NULL;
      END $$`);
    await queryRunner.query(
      `CREATE TRIGGER user_reactions_added AFTER INSERT ON user_reactions
       REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION count_reactors()`,
    );
    await queryRunner.query(
      `CREATE TRIGGER user_reactions_removed AFTER DELETE ON user_reactions
       REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION count_reactors()`,
    );
    await queryRunner.query(`CREATE INDEX inbox_sender_posted_idx ON inbox (sender_id, posted_at)`);
    await queryRunner.query(`CREATE INDEX inbox_pair_idx ON inbox (recipient_id, sender_id, id)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX inbox_sender_posted_idx, inbox_pair_idx');
    await queryRunner.query('DROP TRIGGER user_reactions_added ON user_reactions');
    await queryRunner.query('DROP TRIGGER user_reactions_removed ON user_reactions');
    await queryRunner.query('DROP FUNCTION count_reactors');
    await queryRunner.query('DROP INDEX reactions_message_idx');
    await queryRunner.query('ALTER TABLE reactions DROP COLUMN reactors');
  }
}
