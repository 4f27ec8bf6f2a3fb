import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Sums up the uploads that the server holds, in one row that every upload adds to: so two of them can't both take the last place. */
export class UploadTotals1700000000020 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE upload_totals (
        id integer CONSTRAINT upload_totals_pkey PRIMARY KEY,
        unclaimed double precision NOT NULL,
        strangers double precision NOT NULL,
        counted_at double precision NOT NULL
      )`);
    // Counted before they are used for the first time: they are far too old.
    await queryRunner.query(
      `INSERT INTO upload_totals (id, unclaimed, strangers, counted_at) VALUES (1, 0, 0, 0)`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE upload_totals`);
  }
}
