import { type Client, type Pool } from 'pg';
import { type DataSource, type QueryRunner } from 'typeorm';

/** The connection of a query runner: TypeORM types whatever its drivers make as `any`. */
export async function clientOf(queryRunner: QueryRunner): Promise<Client> {
  return (await queryRunner.connect()) as Client;
}

/** The pool of connections, which TypeORM's driver makes anew if it ever reconnects. */
export function poolOf({ driver }: DataSource): Pool {
  return (driver as unknown as { master: Pool }).master;
}
