import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Tells processes when the list of forbidden files changes, so that none reads all of it to find that out. */
export class ForbiddenFeed1700000000039 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE FUNCTION notify_forbidden_files_changed() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('plaza', 'forbidden:');
        RETURN NULL;
      END $$`);
    await queryRunner.query(`
      CREATE TRIGGER forbidden_files_changed AFTER INSERT OR UPDATE OR DELETE ON forbidden_files
        FOR EACH STATEMENT EXECUTE FUNCTION notify_forbidden_files_changed()`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TRIGGER forbidden_files_changed ON forbidden_files');
    await queryRunner.query('DROP FUNCTION notify_forbidden_files_changed()');
  }
}
