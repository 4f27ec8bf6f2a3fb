import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Table, what happened to it, and the payload by which every process drops what it had cached. */
const FEEDS = [
  ['rooms', 'INSERT OR UPDATE OR DELETE', `'room:' || lower(changed.token)`],
  ['users', 'UPDATE OF banned, moderator, admin, visible OR DELETE', `'user:' || changed.session_id`],
  [
    'permission_overrides',
    'INSERT OR UPDATE OR DELETE',
    `'user:' || (SELECT session_id FROM users WHERE id = changed.user_id)`,
  ],
  ['inbox', 'INSERT OR DELETE', `'inbox:' || changed.recipient_id || ':' || changed.sender_id`],
] as const;

/** Read caches are told of changes by the database itself, at commit (architecture, "State"). */
export class ChangeFeed1700000000009 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const [table, events, payload] of FEEDS) {
      await queryRunner.query(`
        CREATE FUNCTION notify_${table}_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
          changed ${table}%ROWTYPE;
        BEGIN
          IF TG_OP = 'DELETE' THEN changed := OLD; ELSE changed := NEW; END IF;
          PERFORM pg_notify('plaza', ${payload});
          RETURN NULL;
        END $$`);
      await queryRunner.query(`
        CREATE TRIGGER ${table}_changed AFTER ${events} ON ${table}
          FOR EACH ROW EXECUTE FUNCTION notify_${table}_changed()`);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const [table] of FEEDS) {
      await queryRunner.query(`DROP TRIGGER ${table}_changed ON ${table}`);
      await queryRunner.query(`DROP FUNCTION notify_${table}_changed()`);
    }
  }
}
