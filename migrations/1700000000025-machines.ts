import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * The processes that serve this community, on whichever machines. The table is not logged: PostgreSQL empties it in a crash,
 * and each process writes its row anew every few seconds. `schema_needs` names the youngest migration that a version of
 * Plaza must know to use this database.
 */
export class Machines1700000000025 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE UNLOGGED TABLE processes (
        id uuid CONSTRAINT processes_pkey PRIMARY KEY,
        machine text NOT NULL,
        pid integer NOT NULL,
        version text NOT NULL,
        public_key text NOT NULL,
        settings jsonb NOT NULL,
        report jsonb NOT NULL,
        is_leaving boolean NOT NULL,
        started_at double precision NOT NULL,
        seen_at double precision NOT NULL
      )`);
    await queryRunner.query(
      `CREATE TABLE schema_needs (migration text CONSTRAINT schema_needs_pkey PRIMARY KEY)`,
    );
    await queryRunner.query(`INSERT INTO schema_needs VALUES ('Machines1700000000025')`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE schema_needs`);
    await queryRunner.query(`DROP TABLE processes`);
  }
}
