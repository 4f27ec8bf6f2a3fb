import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Active users are counted every few seconds without those who are banned, who are few among all users. */
export class BannedUsers1700000000011 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE INDEX users_banned_idx ON users (id) WHERE banned`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX users_banned_idx`);
  }
}
