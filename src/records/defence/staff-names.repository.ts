import { Injectable } from '@nestjs/common';
import { column } from '../../foundation/database/columns.js';
import { Database, type Transaction } from '../../foundation/database/database.js';

/** The table of names under which staff writes, as fingerprints. */
@Injectable()
export class StaffNamesRepository {
  constructor(private readonly database: Database) {}

  /**
   * Those of these names that belong to somebody whom a room shows as its staff.
   * @param token in whatever case
   */
  async among(tx: Transaction, token: string, names: readonly number[]): Promise<number[]> {
    const rows = await tx.rows(
      { name: column.number },
      `SELECT DISTINCT n.name
       FROM staff_names n JOIN users u ON u.id = n.user_id JOIN rooms r ON lower(r.token) = lower($1)
         LEFT JOIN permission_overrides o ON o.room_id = r.id AND o.user_id = u.id
       WHERE n.name = ANY ($2::bigint[]) AND ((u.moderator AND u.visible) OR coalesce(o.moderator AND o.visible, false))`,
      [token, names],
    );
    return rows.map(({ name }) => name);
  }

  /** Keeps the name of one of the staff in place of an earlier one. */
  async keep(userId: number, name: number): Promise<void> {
    await this.database.run(
      `INSERT INTO staff_names AS n (user_id, name) VALUES ($1, $2)
       ON CONFLICT (user_id) DO UPDATE SET name = excluded.name WHERE n.name <> excluded.name`,
      [userId, name],
    );
  }
}
