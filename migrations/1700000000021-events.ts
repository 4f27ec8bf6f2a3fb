import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** The parts of the audit log's table that have its name. */
const NAMED_AFTER = ['pkey', 'at_idx', 'target_idx', 'actor_idx'];

/**
 * The audit log becomes the table of all events, which readers follow with a cursor. Ids of events are not committed in
 * order, so a cursor goes by the number of the transaction that an event belongs to.
 */
export class Events1700000000021 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await rename(queryRunner, 'audit_log', 'events');
    await queryRunner.query(`ALTER TABLE events RENAME COLUMN action TO kind`);
    await queryRunner.query(
      `ALTER TABLE events ADD COLUMN transaction bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint`,
    );
    await queryRunner.query(`ALTER TABLE events ALTER COLUMN transaction DROP DEFAULT`);
    await queryRunner.query(`CREATE INDEX events_transaction_idx ON events (transaction, id)`);
    await queryRunner.query(`
      CREATE TABLE event_cursors (
        reader text CONSTRAINT event_cursors_pkey PRIMARY KEY,
        transaction bigint NOT NULL,
        event_id bigint NOT NULL
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE event_cursors`);
    await queryRunner.query(`ALTER TABLE events DROP COLUMN transaction`);
    await queryRunner.query(`ALTER TABLE events RENAME COLUMN kind TO action`);
    await rename(queryRunner, 'events', 'audit_log');
  }
}

async function rename(queryRunner: QueryRunner, from: string, to: string): Promise<void> {
  await queryRunner.query(`ALTER TABLE ${from} RENAME TO ${to}`);
  await queryRunner.query(`ALTER SEQUENCE ${from}_id_seq RENAME TO ${to}_id_seq`);
  for (const name of NAMED_AFTER) {
    await queryRunner.query(`ALTER INDEX ${from}_${name} RENAME TO ${to}_${name}`);
  }
}
