import { Injectable } from '@nestjs/common';
import { column } from '../../foundation/database/columns.js';
import { Database } from '../../foundation/database/database.js';
import { migrationNames } from './migrations.js';

/** Compares the database with what this version of Plaza needs. */
@Injectable()
export class PendingMigrations {
  constructor(private readonly database: Database) {}

  /** Names of the migrations that the database lacks, such as after an old backup was restored under a running server. */
  async list(): Promise<string[]> {
    const rows = await this.database.rows({ name: column.text }, 'SELECT name FROM migrations');
    const done = new Set(rows.map(({ name }) => name));
    return migrationNames().filter((name) => !done.has(name));
  }
}
