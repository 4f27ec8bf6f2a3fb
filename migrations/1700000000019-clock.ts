import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * Makes the one function that all statements ask for the time, in unix seconds. PostgreSQL replaces its call by its
 * body when it plans a statement, as long as the body is no more volatile than the function and no less parallel.
 */
export class Clock1700000000019 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE FUNCTION plaza_now() RETURNS double precision LANGUAGE sql STABLE PARALLEL SAFE
      AS 'SELECT extract(epoch FROM statement_timestamp())::float8'`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP FUNCTION plaza_now()');
  }
}
